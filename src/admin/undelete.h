/* SPDX-License-Identifier: ISC */
/*
 * onepopctl undelete: appends copies of deleted messages to the mailbox again,
 * as a program that delivers mail does.
 */
#ifndef ONEPOP_UNDELETE_H
#define ONEPOP_UNDELETE_H

struct options;

/* What the command line says. */
struct undelete {
	const char *since;  /* as since.h has it, or NULL */
	char *const *words; /* the user, and unique-ids; ended by NULL */
};

/* Returns NULL, or what is wrong with the command line in words. */
const char *undelete_problem(const struct undelete *u);

/*
 * Appends those copies, or all; restore.h says how.  A child does it as the
 * user.  Prints what was done.  Returns as deleted_run does.
 */
int undelete_run(const struct options *o, const struct undelete *u);

#endif

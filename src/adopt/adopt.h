/* SPDX-License-Identifier: ISC */
/*
 * onepopctl adopt: gives the messages that are in the mailboxes now the
 * unique-ids that an old server gave them (maildrop/adopted.h), or compares the
 * ids that onepop says with those of a server.
 */
#ifndef ONEPOP_ADOPT_H
#define ONEPOP_ADOPT_H

#include <stdbool.h>

struct options;

/* What the command line says. */
struct adopt {
	const char *format;    /* a name of oldid.h, or "auto" */
	const char *from_file; /* the path of an idfile.h */
	const char *from;      /* the URL of an old server (oldserver.h) */
	const char *verify;    /* the same, to compare only */
	const char *user_form, *password_file; /* for these (adoptserver.h) */
	const char *drop; /* a user whose adopted ids are to be forgotten */
	bool all, dry_run;
	char *const *users; /* ended by NULL */
};

/* Returns NULL, or what is wrong with the command line in words. */
const char *adopt_problem(const struct adopt *a);

/*
 * Opens the file that the command line names: only root may be able to.  To be
 * called before the process becomes the start user, if there is no problem.
 */
void adopt_begin(const struct adopt *a);

/*
 * Adopts ids, as the start user.  Each mailbox has a child of its own, which
 * becomes its owner before it parses anything of it, for a bounded time.  What
 * the child writes is read as a stranger's.  A mailbox in use is tried again
 * at the end.
 *
 * Pairs that were adopted before always stay: running it twice changes
 * nothing, and after a kill the next run goes on.
 *
 * Prints what was done.  Returns 0; 1 where a mailbox has a problem, or ids
 * that were compared differ; EX_TEMPFAIL of sysexits.h where one is still in
 * use; EX_CONFIG where the state directory cannot be opened; EX_NOINPUT where
 * from_file, password_file or libcurl cannot be used, or EX_DATAERR where a
 * line of from_file is wrong: then nothing is done.
 */
int adopt_run(const struct options *o, const struct adopt *a);

#endif

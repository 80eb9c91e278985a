/* SPDX-License-Identifier: ISC */
/* The users that have a mailbox, for onepopctl adopt --all. */
#ifndef ONEPOP_ADOPTUSERS_H
#define ONEPOP_ADOPTUSERS_H

#include <stddef.h>

#include "config/username.h"

struct options;

/* Names of accounts. */
struct adoptusers {
	size_t n;
	char (*names)[USERNAME_OCTETS + 1]; /* for free(3) */
};

/*
 * Finds them: the accounts of the name service whose mailbox is there; or,
 * with --mail-user, the files that --mailbox's pattern fits.  A child looks
 * for the mailboxes, for a bounded time: a user may have mounted a file system
 * that does not answer.  Returns NULL, or the problem in words.
 */
const char *adoptusers_find(const struct options *o, struct adoptusers *ret);

/* Adds a name.  Returns 0, or -1 with errno. */
int adoptusers_add(struct adoptusers *to, const char *name);

#endif

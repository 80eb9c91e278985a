/* SPDX-License-Identifier: ISC */
/*
 * The half of onepopctl undelete that runs as the user: appends copies of
 * deleted messages (keptfile.h) to the mailbox, under its lock.
 *
 * A message is left out if the mailbox has the same octets in a message, or if
 * a copy of the same octets and unique-id was appended just before.  Its octets
 * are those that it had: a message that was alone with its unique-id gets the
 * same one again, adopted or onepop's own.  Of equal messages each may get
 * another number (duplicates.h).
 *
 * The mailbox's octets before do not change.  Nothing is written unless there
 * is space for all.  If it is killed, or the power fails, a part may be there,
 * as of mail that another program delivers; the copies stay.
 */
#ifndef ONEPOP_RESTORE_H
#define ONEPOP_RESTORE_H

#include <stdint.h>

#include "admin/copies.h"

#define RESTORE_PROBLEM 256 /* octets of a problem, with its NUL */

/* What the child tells. */
struct restore_result {
	uint32_t recovery; /* an enum recovery, for recovery_log */
	uint32_t restored; /* messages */
	uint32_t there;    /* those that were left out */
	uint32_t damaged;  /* copies */
	uint32_t unknown;  /* which of the ids has no copy, from 1 on; 0 */
	char problem[RESTORE_PROBLEM]; /* or "" */
};

struct restore {
	struct copies *copies;
	int64_t since;    /* seconds since 1970 */
	char *const *ids; /* ended by NULL; none: all */
};

/* The work of a child (crew.h): with is a struct restore.  Returns 0. */
int restore_as_user(void *with);

/*
 * Reads what the child told; a text is printable ASCII.  Returns 0, or -1 for
 * what no child of ours tells.
 */
int restore_read(const struct copies *c, struct restore_result *ret);

#endif

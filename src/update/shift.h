/* SPDX-License-Identifier: ISC */
/*
 * Moves the kept parts of a mailbox towards its start, window by window, each
 * after a record that is on the disk; update.h says how and why.
 */
#ifndef ONEPOP_SHIFT_H
#define ONEPOP_SHIFT_H

#include <stdbool.h>
#include <sys/types.h>

#include "update/record.h"

/* An update that is going on. */
struct shift {
	struct journal *journal;
	int mailbox;
	struct record record; /* its kept is the rest of ranges */
	struct range *ranges; /* the caller frees them */
	off_t left;           /* octets in record.kept */
	bool committed;       /* a record of the update is on the disk */
};

/*
 * Makes a new random mark for the end of what is kept.  Returns 0, or -1 with
 * errno.
 */
int shift_nonce(struct record *r);

/*
 * Returns how many of the octets that are left must be copied to the journal
 * before they move.  The others are written only once, because by then the gap
 * before them is large enough to take them.
 */
off_t shift_copied(const struct shift *m);

/*
 * Records the next window and moves it; if nothing is left, only writes the
 * marker.  Returns 0, or -1 with errno.
 */
int shift_next(struct shift *m);

/*
 * Does what the record on the disk says; doing it again does no harm.  Returns
 * 0, or -1 with errno.
 */
int shift_redo(struct shift *m);

/*
 * Moves all that is left, cuts the mailbox, and clears the journal.  Returns 0,
 * or -1 with errno.
 */
int shift_finish(struct shift *m);

/* Cuts the mailbox to size, and syncs it.  Returns 0, or -1 with errno. */
int shift_cut(int mailbox, off_t size);

#endif

/*
 * What is kept of a mailbox moves down, window by window, each behind a
 * record on the disk; update.h says how and why.
 */
#ifndef ONEPOP_MOVING_H
#define ONEPOP_MOVING_H

#include <stdbool.h>
#include <sys/types.h>

#include "update/record.h"

/* An update under way; record.kept is the rest of ranges. */
struct moving {
	struct journal *journal;
	int mailbox;
	struct record record;
	struct range *ranges; /* ours to free */
	off_t left;           /* octets in record.kept */
	bool committed;       /* a record of it is on the disk */
};

/* A new mark for the end of what is kept.  Returns 0, or -1 with errno. */
int moving_nonce(struct record *r);

/*
 * How many octets of what is left are to be copied to the journal before they
 * move?  The others, and where nothing is left all, move into the gap before
 * them as it is then: they are written once.
 */
off_t moving_copied(const struct moving *m);

/*
 * Records the next window and moves it; with nothing left, only the marker
 * is written.  These three return 0, or -1 with errno.
 */
int moving_next(struct moving *m);

/* Does what the record on the disk says; doing it again does no harm. */
int moving_redo(struct moving *m);

/* Moves what is left, cuts the mailbox, and clears the journal. */
int moving_finish(struct moving *m);

/* Takes back the end of the file, for good.  Returns 0, or -1 with errno. */
int moving_cut(int mailbox, off_t size);

#endif

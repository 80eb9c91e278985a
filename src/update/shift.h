/*
 * What is kept of a mailbox moves down, window by window, each behind a
 * record on the disk; update.h says how and why.
 */
#ifndef ONEPOP_SHIFT_H
#define ONEPOP_SHIFT_H

#include <stdbool.h>
#include <sys/types.h>

#include "update/record.h"

/* An update under way; record.kept is the rest of ranges. */
struct shift {
	struct journal *journal;
	int mailbox;
	struct record record;
	struct range *ranges; /* ours to free */
	off_t left;           /* octets in record.kept */
	bool committed;       /* a record of it is on the disk */
};

/* A new mark for the end of what is kept.  Returns 0, or -1 with errno. */
int shift_nonce(struct record *r);

/*
 * How many octets of what is left are to be copied to the journal before they
 * move?  The others, and where nothing is left all, move into the gap before
 * them as it is then: they are written once.
 */
off_t shift_copied(const struct shift *m);

/*
 * Records the next window and moves it; with nothing left, only the marker
 * is written.  These three return 0, or -1 with errno.
 */
int shift_next(struct shift *m);

/* Does what the record on the disk says; doing it again does no harm. */
int shift_redo(struct shift *m);

/* Moves what is left, cuts the mailbox, and clears the journal. */
int shift_finish(struct shift *m);

/* Takes back the end of the file, for good.  Returns 0, or -1 with errno. */
int shift_cut(int mailbox, off_t size);

#endif

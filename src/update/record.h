/* SPDX-License-Identifier: ISC */
/*
 * The records in a journal, which say what is still to be done in a mailbox.
 * The newest one counts.  Two slots of JOURNAL_SLOT octets are written in
 * turn, so that a torn record leaves the one before it.  Octets that do not fit
 * a slot are in the slot's area; the areas are behind the slots, and only while
 * an update needs them.  Any octets are read safely: as a record, or as none.
 */
#ifndef ONEPOP_RECORD_H
#define ONEPOP_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "update/journal.h"
#include "update/ranges.h"

/* Octets of an area, and of the largest journal. */
#define RECORD_AREA_MIN     ((off_t)512 << 10)
#define RECORD_AREA_MAX     ((off_t)16 << 20)
#define RECORD_JOURNAL_MOST (2 * (JOURNAL_SLOT + RECORD_AREA_MAX))

#define RECORD_NONCE 16 /* octets */
#define RECORD_TAIL  64 /* octets */

enum record_kind {
	RECORD_IDLE = 1, /* no update is going on */
	RECORD_COPY,     /* a window moves; its octets are in the record */
	RECORD_GAP,      /* a window moves into a gap, which holds no data that
	                    is still needed */
	RECORD_CUT       /* all is moved, the mailbox is about to be cut */
};

/* A record: the work that is still to be done in a mailbox (update.h). */
struct record {
	enum record_kind kind;
	off_t to;               /* where the next octet kept will stand */
	off_t size;             /* of the mailbox before it is cut */
	off_t window;           /* octets, the first ones of kept, that move */
	uint64_t fingerprint;   /* of parts of the mailbox (fingerprint.h) */
	char tail[RECORD_TAIL]; /* its last octets, or fewer */
	uint8_t nonce[RECORD_NONCE]; /* marks the end of what is kept */
	struct range *kept;          /* what is still to be moved, ascending */
	size_t n;
};

/*
 * Finds the newest record.  Its ranges, which the caller frees and which have
 * space for one more, are sane: not empty, ascending, between to and size.
 * Syncs the journal first: what can be read may never have reached the disk.
 * Returns 0; 1 if the journal holds something but no record; or -1 with errno.
 */
int record_read(struct journal *j, struct record *ret);

/*
 * Is there nothing to finish?  Reads only a few numbers, so that it can be
 * called before the switch to the user.  It, or record_read, must be called
 * before a record is written: they find out where the next one goes.
 */
bool record_idle(struct journal *j);

/*
 * Removes the areas if there is nothing to finish: a session that died, or
 * failed, before its first record leaves them.  To be called after
 * record_idle.
 */
void record_trim(struct journal *j);

/*
 * Sets the journal aside, as its record is not for the mailbox that is there,
 * and frees the disk space that the record does not need.  r is record_read's,
 * or NULL if it found none.
 */
void record_set_aside(struct journal *j, const struct record *r);

/*
 * Makes the slots in a new journal.  Returns 0, or -1 with errno: the disk is
 * full, and record_reserve will try again.
 */
int record_prepare(struct journal *j);

/*
 * Makes space for an update that moves so many octets in so many ranges: as
 * much as it can use and the disk has.  Returns 0, or -1 with errno if there
 * is not even space for the slots.
 */
int record_reserve(struct journal *j, off_t octets, size_t ranges);

/* Returns how many ranges a record can have, beside a small window. */
size_t record_ranges(const struct journal *j);

/* Returns the octets of window that a record of so many ranges can have. */
off_t record_space(const struct journal *j, size_t ranges);

/*
 * Writes a record and, for RECORD_COPY, its window, which is read from the
 * mailbox.  Returns 0 when it is on the disk, or -1 with errno.
 */
int record_write(struct journal *j, const struct record *r, int mailbox);

/*
 * Writes that there is nothing to finish, and removes what the records held
 * from the disk.  It is not synced: finishing an update twice does no harm.
 */
void record_clear(struct journal *j);

#endif

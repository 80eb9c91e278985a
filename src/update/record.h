/*
 * What a journal holds: records of what is still to be done in a mailbox.
 * The newest counts.  Two slots of JOURNAL_SLOT octets are written in turn,
 * so that a record that is torn leaves the one before it; behind them, only
 * while an update needs it, stands an area for each with what does not fit
 * its slot.  Whatever octets there are, they are read safely: as a record, or
 * as none.
 */
#ifndef ONEPOP_RECORD_H
#define ONEPOP_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/digest.h"
#include "update/journal.h"

#define RECORD_AREA_MIN ((off_t)512 << 10)
#define RECORD_AREA_MAX ((off_t)16 << 20)
#define JOURNAL_MOST    (2 * (JOURNAL_SLOT + RECORD_AREA_MAX)) /* octets */
#define RECORD_NONCE    16
#define RECORD_TAIL     64

/* A part of a file: from start up to, not including, end. */
struct range {
	off_t start, end;
};

/* A place in a file. */
struct record_place {
	int fd;
	off_t at;
};

enum record_kind {
	RECORD_IDLE = 1, /* no update is going on */
	RECORD_COPY,     /* a window moves; its octets are in the record */
	RECORD_GAP,      /* a window moves into room that holds nothing kept */
	RECORD_CUT       /* all is moved, the mailbox is about to be cut */
};

/* What is still to be done in a mailbox (update.h). */
struct record {
	enum record_kind kind;
	off_t to;             /* where the next octet kept will stand */
	off_t size;           /* of the mailbox before it is cut */
	off_t window;         /* octets, the first of what is kept, that move */
	uint64_t fingerprint; /* of parts of the mailbox, by update.c */
	char tail[RECORD_TAIL];      /* its last octets, or fewer */
	uint8_t nonce[RECORD_NONCE]; /* marks the end of what is kept */
	struct range *kept;          /* what is still to be moved, ascending */
	size_t n;
};

/* How many octets are in the n ranges? */
off_t record_octets(const struct range *r, size_t n);

/*
 * Finds the newest record.  Its ranges, which the caller frees and which has
 * room for one more, are sane: not empty, ascending, between to and size.
 * First the journal is synced: what is read may never have reached the disk.
 * Returns 0; 1 where it holds something but no record; or -1 with errno.
 */
int record_read(struct journal *j, struct record *ret);

/*
 * Is there nothing to finish?  Must be asked, or record_read, before a record
 * is written: it learns where the next one goes.  Looks at a few numbers
 * only, so that it can be asked before the switch to the user.
 */
bool record_idle(struct journal *j);

/*
 * The areas, if there are any, go where there is nothing to finish: a session
 * that died, or failed, before its first record leaves them.  To be called
 * after record_idle.
 */
void record_trim(struct journal *j);

/*
 * The record is not for the mailbox that is there: sets the journal aside,
 * and gives the disk what the record does not need.  r is record_read's, or
 * NULL where it found none.
 */
void record_set_aside(struct journal *j, const struct record *r);

/*
 * Makes the slots in a new journal.  Returns 0, or -1 with errno: then the
 * disk is full now, and record_reserve will try again.
 */
int record_prepare(struct journal *j);

/*
 * Makes room for an update that moves so many octets in so many ranges: as
 * much as there is use for and the disk has.  Returns 0, or -1 with errno
 * where not even the slots could be had.
 */
int record_reserve(struct journal *j, off_t octets, size_t ranges);

/* How many ranges a record can have, and some room for a window besides. */
size_t record_ranges(const struct journal *j);

/* How many octets of window a record of so many ranges has room for. */
off_t record_room(const struct journal *j, size_t ranges);

/*
 * Writes a record and, for RECORD_COPY, its window, out of the mailbox.
 * Returns 0 when it is on the disk, or -1 with errno.
 */
int record_write(struct journal *j, const struct record *r, int mailbox);

/*
 * Copies the first n octets of ranges, one behind the other, to a place in
 * another file, or in the same, of which they take none.  d, or NULL, takes
 * them as well.  Returns 0, or -1 with errno: EIO where the file ended.
 */
int record_copy(int from, const struct range *r, off_t n,
                struct record_place to, struct digest *d);

/*
 * Nothing is to be finished any more: what the records held goes from the
 * disk.  Not synced: an update that is finished twice does no harm.
 */
void record_clear(struct journal *j);

#endif

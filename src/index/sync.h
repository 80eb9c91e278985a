/* SPDX-License-Identifier: ISC */
/*
 * Brings the index up to date with the mailbox.  If the mailbox has not
 * changed, the index stays as it is; otherwise the part that was appended is
 * scanned, or the whole mailbox.
 *
 * The index is believed if the mailbox's size and times are those it was made
 * with, and if any change since would have given other times.  If only a time
 * differs, the whole mailbox is scanned, at a quarter of a second a gigabyte:
 * a program may have written anything into it in place.  The same happens
 * after a program that only sets times, as mutt can, or changes the mailbox's
 * mode; such a program looks like one that changes the mailbox and then sets
 * the mtime back, since both leave nothing but a new ctime.
 *
 * If the mailbox has grown, mail was most likely appended, and nothing else
 * happened; times cannot prove that.  Reading the whole mailbox would.
 * Comparing all headers takes more than half as long, and proves nothing about
 * bodies.  So a sample of a mailbox of more than a megabyte is compared: its
 * old end, the first header, the last, 32 random ones, and each header in
 * which another program keeps marks.  A change that shifts messages shifts the
 * last one, and is seen.  If k of n headers were changed in place, the sample
 * misses that with a probability of (1 - k/n)^32; it sees no change in a body.
 * Hence the old messages are in the index but not trusted (seen.sampled): RETR
 * and TOP first scan each message, as the removal does with all, and if one is
 * not what the index says, the next login scans the whole mailbox.
 *
 * A mailbox of up to a megabyte is scanned whenever a time differs: that takes
 * a fraction of a millisecond.
 *
 * The caller has the mailbox locked.
 */
#ifndef ONEPOP_SYNC_H
#define ONEPOP_SYNC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "index/index.h"
#include "update/ranges.h"

/* Octets up to which a mailbox is scanned; tests set it lower. */
extern off_t sync_small;

enum sync {
	SYNC_OK,
	SYNC_NOT_MBOX, /* the mailbox does not begin as an mbox */
	SYNC_ERROR     /* errno says why */
};

/* How far the index is trusted. */
enum sync_trust {
	SYNC_NOTHING, /* not at all: the mailbox was just recovered */
	SYNC_CONTENT, /* another machine's clock makes the mailbox's times: if
	                 they are the same, the sample is compared */
	SYNC_TIMES    /* if the mailbox's times are the same */
};

/* Brings the index up to date with the mailbox; st is its current fstat. */
enum sync sync_make(struct index *ix, int fd, const struct stat *st,
                    enum sync_trust trust);

/*
 * Is message i certainly what the index says?  st is the mailbox's current
 * fstat.  If not, the message must be scanned before it is sent.
 */
bool sync_is_sure(const struct index *ix, uint32_t i, const struct stat *st);

/* The messages that were removed, and the ranges of the file they were in. */
struct sync_removed {
	const uint8_t *gone;        /* bitmap.h */
	const struct range *ranges; /* in order */
	size_t n;
};

/*
 * Takes what was removed out of the index; no other message has changed.
 * before is the mailbox's fstat before the removal, and st the current one.
 * Waits for a moment, so that each later change gives the mailbox other times
 * than the index has.  If the file system keeps whole seconds only, that is
 * not enough, and the next login scans the whole mailbox.
 */
void sync_remove(struct index *ix, int fd, const struct stat *st,
                 const struct stat *before, const struct sync_removed *removed);

#endif

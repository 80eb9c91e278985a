/*
 * Finding the messages of a mailbox: by the index where the mailbox is what
 * it was, by a scan of what has come since, or by a scan of it all.
 *
 * The index is believed as it is where size and times are those that it was
 * made with, and any change since would have given other times.  Where the size
 * is the same and a time differs, all is scanned, in a quarter of a second a
 * gigabyte: a program may have written anything into the mailbox in place.  The
 * same is done after a program that only sets times, as mutt may, or changes
 * the mailbox's mode.  Such a program cannot be told from one that hides a
 * change by setting the mtime back, as only the ctime is left to tell of
 * either.
 *
 * Where the mailbox has grown, in most cases mail has come, and nothing else
 * happened.  Times cannot say that.  To be sure, all would have to be read; to
 * compare all headers takes more than half as long, and says nothing of bodies.
 * So of a mailbox of more than a megabyte a sample is compared: its old end,
 * the first header, the last, 32 random ones, and each in which another program
 * keeps marks.  A change that moves messages moves the last one, too, and is
 * seen.  Where k of n headers were changed in their place the sample misses
 * that with a probability of (1 - k/n)^32; it sees no change of a body.  So the
 * old messages are listed, but not believed (seen.sampled): RETR and TOP scan
 * each of them first, as the removal does with all, and where one is not what
 * was listed the next login scans all.
 *
 * A mailbox of up to a megabyte is scanned whenever a time differs: this takes
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

/* Octets up to which a mailbox is scanned; tests make it less. */
extern off_t sync_small;

enum sync {
	SYNC_OK,
	SYNC_NOT_MBOX, /* it begins with something else */
	SYNC_ERROR     /* errno says what */
};

/* What the index may be trusted with. */
enum sync_trust {
	SYNC_NOTHING, /* the mailbox was just recovered */
	SYNC_CONTENT, /* another machine's clock makes its times: where they
	                    are the same, the sample is compared */
	SYNC_TIMES
};

/* Makes the index say what is in the mailbox, which is now as st says. */
enum sync sync_make(struct index *ix, int fd, const struct stat *st,
                    enum sync_trust trust);

/*
 * Is message i of the mailbox, which is now as st says, what was listed, for
 * sure?  Where the answer is no, it must be scanned before it is sent.
 */
bool sync_is_sure(const struct index *ix, uint32_t i, const struct stat *st);

/* What was removed: messages, which are these ranges of the file. */
struct sync_removed {
	const uint8_t *gone;        /* bitmap.h */
	const struct range *ranges; /* in order */
	size_t n;
};

/*
 * That has been removed, and nothing else of what was listed; the mailbox was
 * as before says, and is now as st says.  Waits a moment, so that each change
 * to come gives the mailbox other times than the index has; in vain where the
 * file system keeps whole seconds only, and then the next login scans all.
 */
void sync_remove(struct index *ix, int fd, const struct stat *st,
                 const struct stat *before, const struct sync_removed *removed);

#endif

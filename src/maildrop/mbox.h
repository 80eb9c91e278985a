/*
 * A mailbox file: opened safely, locked shortly, scanned, read and updated.
 * Knows nothing of POP3.
 */
#ifndef ONEPOP_MBOX_H
#define ONEPOP_MBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/deadline.h"
#include "index/index.h"
#include "update/record.h"
#include "update/recovery.h"

enum mbox_status {
	MBOX_OK,
	MBOX_BUSY,    /* another program held the lock all the time */
	MBOX_CHANGED, /* another program changed what was listed */
	MBOX_NOT_MBOX,
	MBOX_UNSAFE, /* a link, not a file, or another user's */
	MBOX_ERROR   /* errno says what */
};

struct mbox {
	int fd;           /* -1: no file, which is no mail */
	int lock_timeout; /* seconds */
	bool network;     /* it may be on a network file system */
	deadline_t until; /* for all waiting up to the scan's end: the login */
	struct stat seen; /* as it was when it was scanned */
	bool lost;        /* they are: a damaged index was not made anew */
	char *window;     /* a part of the file */
	struct stat window_seen; /* the file, when that was read */
	bool window_settled;     /* each change since shows in its times */
	off_t window_at;
	size_t window_n;      /* 0: there is nothing in it */
	uint64_t window_ends; /* a long header's: see check_ends */
	const char *what;     /* the matter, in words, after MBOX_UNSAFE and
	                         MBOX_NOT_MBOX and, where more is known,
	                         MBOX_BUSY */
	struct index index;   /* the messages; the last, for it is large */
};

/* What a status just returned means, for the log; NULL for MBOX_OK. */
const char *mbox_reason(const struct mbox *m, enum mbox_status status);

/*
 * After MBOX_ERROR: the suffix of that file of the mailbox's state which the
 * error is about; NULL where it is about the mailbox.
 */
const char *mbox_failed(const struct mbox *m, const struct journal *j);

/* There is no mailbox, and an index in memory. */
void mbox_init(struct mbox *m);

/*
 * Opens a mailbox below the directory dir, following no symbolic link but
 * root's as walk.h has it; it must be a regular file with one link that
 * belongs to uid.  A file that is
 * not there is an empty mailbox.  Where a program that locks by a file
 * beside it, path.lock, is at work, this waits for it to end.
 * m->lock_timeout and m->network have been set.
 */
enum mbox_status mbox_open(struct mbox *m, int dir, const char *path,
                           uid_t uid);

/*
 * Finishes an update of the mailbox that was interrupted, if the journal
 * knows of one.  *ret tells what was done where the status is MBOX_OK.
 */
enum mbox_status mbox_recover(struct mbox *m, struct journal *j,
                              enum recovery *ret);

/*
 * Finds the messages.  Needs nothing but the open files.  recovered: the
 * mailbox is no longer what the index knows.
 */
enum mbox_status mbox_scan(struct mbox *m, bool recovered);

/*
 * Gets message i, of those that m->index counts.  Where the index turns out
 * to be damaged the messages are found again, unless the file has changed.
 */
enum mbox_status mbox_message(struct mbox *m, uint32_t i,
                              struct mbox_message *ret);

/* A part of a message, read under the lock. */
struct mbox_window {
	const char *buf; /* valid until the next call */
	size_t n;        /* 0 at the message's end */
};

/*
 * Reads a message from its text on: first with *at = 0, then on with the same
 * *at until nothing is left.  MBOX_CHANGED where it is not, or no longer, the
 * message that was scanned.
 */
enum mbox_status mbox_read(struct mbox *m, uint32_t i, off_t *at,
                           struct mbox_window *ret);

/*
 * Removes the messages marked in gone (bitmap.h).  Where another program
 * changed one of them nothing is done.
 */
enum mbox_status mbox_remove(struct mbox *m, struct journal *j,
                             const uint8_t *gone);

/* The file's size now; 0 where there is none. */
off_t mbox_size(const struct mbox *m);

void mbox_close(struct mbox *m);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Keeps copies of the messages that an update removes (--keep-deleted) in the
 * mailbox's file of copies (keptfile.h).  That file belongs to the start user:
 * its octets are in no user's quota, and no user can read it.
 *
 * The copies are synced before the update changes the mailbox: whatever dies at
 * whatever moment, a message is in the mailbox or has a copy.  At worst a
 * message has a copy that was not removed.
 *
 * Nothing here stops an update.  Without room, or if a call fails, messages go
 * without a copy, and the caller logs that.
 */
#ifndef ONEPOP_KEPT_H
#define ONEPOP_KEPT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "update/ranges.h"

#define KEPT_FULL 90 /* percent of the disk: no more copies are made */

struct kept {
	/* For the caller to read */
	bool on;             /* copies are to be kept */
	uint32_t copied;     /* messages of the last update */
	uint32_t missed;     /* those that have no copy */
	const char *problem; /* why not, in words */

	/* Its own */
	int fd;              /* -1: there is no file; the sandbox may move it */
	off_t most;          /* octets of the file */
	off_t start, end;    /* of the update's copies */
	off_t room;          /* octets for more of them */
	const char *no_room; /* what limits these, in words */
	int64_t time;        /* of the update, in seconds since 1970 */
};

/* Makes one that keeps nothing. */
void kept_init(struct kept *k);

/*
 * Opens or makes the file of that state name (mailpath.h), which may have most
 * octets.  state_dir is from statefile_directory.  To be called before the
 * switch to the user, with the mailbox's journal locked.  If this fails,
 * kept_add will say why.
 */
void kept_open(struct kept *k, int state_dir, const char *name, off_t most);

/* Begins an update: finds out how much room there is. */
void kept_begin(struct kept *k);

/* Copies a message of the mailbox. */
void kept_add(struct kept *k, int mailbox, const struct range *message,
              const char *id);

/* Syncs the copies.  To be called before the mailbox changes. */
void kept_end(struct kept *k);

void kept_close(struct kept *k);

#endif

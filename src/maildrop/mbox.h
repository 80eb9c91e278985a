/* SPDX-License-Identifier: ISC */
/*
 * An open mailbox file: its status codes, its lock and the list of its
 * messages.  mboxopen.h opens it, mboxread.h reads a message, mboxremove.h
 * removes messages.  Knows nothing of POP3.
 */
#ifndef ONEPOP_MBOX_H
#define ONEPOP_MBOX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/deadline.h"
#include "base/lock.h"
#include "mbox/mboxscan.h"
#include "update/journal.h"
#include "update/recovery.h"

enum mbox_status {
	MBOX_OK,
	MBOX_BUSY,     /* another program held the lock until the deadline */
	MBOX_CHANGED,  /* another program changed a message that we listed */
	MBOX_NOT_MBOX, /* the file does not begin as an mbox does */
	MBOX_UNSAFE,   /* a link, not a regular file, or another user's */
	MBOX_ERROR     /* a call failed, with errno */
};

struct mbox; /* mboxfile.h, which only the mbox*.c include */

/*
 * Makes a mailbox that is not open, has no messages, and keeps its list of
 * messages in memory.  lock_timeout is in seconds; network allows a network
 * file system.  Returns it, for mbox_free, or NULL with errno.
 */
struct mbox *mbox_new(int lock_timeout, bool network);

/* Closes the mailbox and frees it.  m may be NULL. */
void mbox_free(struct mbox *m);

/*
 * Opens the file that keeps the list between sessions (index.h).  To be called
 * before the switch to the user; state_dir and name are index_open's.
 */
void mbox_open_index(struct mbox *m, int state_dir, const char *name);

/*
 * Points to the descriptors of the mailbox and of its index, each -1 if the
 * file is not open.  The sandbox may move them.
 */
int *mbox_descriptor(struct mbox *m);
int *mbox_index_descriptor(struct mbox *m);

/*
 * Says in words what a status means that a function has just returned, or
 * returns NULL for MBOX_OK.
 */
const char *mbox_problem(const struct mbox *m, enum mbox_status status);

/*
 * After MBOX_ERROR: returns the suffix of the state file that the error is
 * about, or NULL if it is about the mailbox itself.
 */
const char *mbox_failed_file(struct mbox *m, const struct journal *j);

/*
 * Finishes an interrupted update of the mailbox if the journal holds one.
 * On MBOX_OK *ret says what was done.
 */
enum mbox_status mbox_recover(struct mbox *m, struct journal *j,
                              enum recovery *ret);

/*
 * Lists the messages.  Opens no file.  recovered: mbox_recover has changed the
 * mailbox, so the index no longer describes it.
 */
enum mbox_status mbox_scan(struct mbox *m, bool recovered);

/* The messages listed; the first mbox_hidden of them are not mail. */
uint32_t mbox_count(const struct mbox *m);
uint32_t mbox_hidden(const struct mbox *m);

/* The octets of all mail as RETR sends it. */
int64_t mbox_octets(const struct mbox *m);

/*
 * Looks up message i, which is less than mbox_count.  If the index turns out
 * to be damaged and the file is unchanged, the messages are listed again.
 */
enum mbox_status mbox_message(struct mbox *m, uint32_t i,
                              struct mbox_message *ret);

/* The file's size when it was listed. */
off_t mbox_size(const struct mbox *m);

/* Octets by which the file has grown since the scan, or 0. */
off_t mbox_growth(const struct mbox *m);

/* The mailbox is not what was listed: makes the next login scan all of it. */
void mbox_doubt(struct mbox *m);

/*
 * The functions below are for mboxread.c and mboxremove.c only.
 *
 * Takes the lock on the file, which unlock_file gives back.
 */
enum mbox_status mbox_lock(struct mbox *m, enum lock_kind kind,
                           deadline_t until);

/* As mbox_message, but the caller holds the lock: lists nothing again. */
enum mbox_status mbox_message_locked(struct mbox *m, uint32_t i,
                                     struct mbox_message *ret);

/*
 * Gets the file's status now.  MBOX_CHANGED: it was deleted, or is shorter
 * than it was when it was listed.
 */
enum mbox_status mbox_stat(struct mbox *m, struct stat *ret);

/* Do both say the same of the file's links, size, mtime and ctime? */
bool mbox_is_same(const struct stat *a, const struct stat *b);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * A mailbox as RFC 1939 sees it: messages numbered from 1, deletion marks,
 * sizes in octets, unique-ids, and the UPDATE state.
 *
 * A session calls maildrop_init, maildrop_prepare, maildrop_open,
 * maildrop_recover and maildrop_scan in this order, each if the one before
 * returned MAILDROP_OK, and maildrop_close in any case.
 */
#ifndef ONEPOP_MAILDROP_H
#define ONEPOP_MAILDROP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/mailpath.h"
#include "maildrop/adopted.h"
#include "maildrop/mboxread.h"
#include "mbox/mboxscan.h"
#include "update/journal.h"
#include "update/kept.h"
#include "update/recovery.h"

struct account;
struct mbox;
struct options;

struct maildrop {
	/* For the caller to read */
	uint32_t count, left;   /* messages, and those not deleted */
	int64_t octets;         /* of the messages not deleted */
	bool scanned;           /* maildrop_scan has found the messages */
	struct mailpath path;   /* of the mailbox */
	enum recovery recovery; /* what maildrop_recover did */
	struct kept kept;       /* copies of what maildrop_update removed */
	const char *problem;    /* why a function failed, in words for the log;
	                           names the file unless it is the mailbox */

	/* Its own */
	int directory; /* the administrator's part of the path, or -1 */
	uid_t owner;
	const char *state_dir;
	struct journal journal; /* its lock makes us the mailbox's session */
	struct mbox *mbox;
	struct adopted adopted; /* the ids of an old server */
	uint8_t *deleted;       /* the messages marked as deleted (bitmap.h) */
};

enum maildrop_status {
	MAILDROP_OK,
	MAILDROP_SESSION,      /* another session has this mailbox */
	MAILDROP_BUSY,         /* another program holds the mailbox's lock */
	MAILDROP_CHANGED,      /* another program changed the mailbox */
	MAILDROP_REFUSED,      /* an administrator must fix the mailbox */
	MAILDROP_STATE,        /* an administrator must fix the state files */
	MAILDROP_STATE_FAILED, /* a state file failed; try again later */
	MAILDROP_ASIDE, /* nothing is removed: the journal was set aside */
	MAILDROP_ERROR  /* something else failed; try again later */
};

/* A message: looked up once for a command, and passed on. */
struct maildrop_message {
	uint32_t number; /* from 1 */
	struct mbox_message listed;
};

/* Makes a maildrop that holds nothing. */
void maildrop_init(struct maildrop *d);

/*
 * Before the switch to the user: finds the path, opens what only the start
 * user may open, and becomes the mailbox's one session.  Waits for another
 * session's end for --session-wait, with no lock held.  o must outlive d.
 */
enum maildrop_status maildrop_prepare(struct maildrop *d,
                                      const struct options *o,
                                      const struct account *a);

/*
 * As maildrop_prepare, but to look only: makes and changes no file, does not
 * exclude sessions, and finishes no update.  The messages are listed in memory.
 */
enum maildrop_status maildrop_look(struct maildrop *d, const struct options *o,
                                   const struct account *a);

/* After the switch to the user: opens the mailbox. */
enum maildrop_status maildrop_open(struct maildrop *d);

/*
 * Points to the descriptors that are open now, each -1 or NULL if there is
 * none.  The sandbox may move them.
 */
void maildrop_descriptors(struct maildrop *d, int **mailbox, int **journal,
                          int **index);

/* The same for the file of the copies of deleted messages. */
int *maildrop_kept_descriptor(struct maildrop *d);

/*
 * Finishes an update that was interrupted.  d->recovery says what was done;
 * it must be logged even if the scan then fails.  Opens no file.
 */
enum maildrop_status maildrop_recover(struct maildrop *d);

/* Finds the messages.  Opens no file. */
enum maildrop_status maildrop_scan(struct maildrop *d);

/* Is there a message of this number that is not marked as deleted? */
bool maildrop_has(const struct maildrop *d, uint32_t number);

/* Looks up a message of a number from 1 to d->count. */
enum maildrop_status maildrop_message(struct maildrop *d, uint32_t number,
                                      struct maildrop_message *ret);

#define MAILDROP_ID    ADOPTED_ID    /* octets of a unique-id at most */
#define MAILDROP_BATCH ADOPTED_BATCH /* messages */

/*
 * Says of n messages, at most MAILDROP_BATCH, that their unique-ids will be
 * written next.  That is faster.
 */
void maildrop_expect(struct maildrop *d, const struct maildrop_message *m,
                     size_t n);

/*
 * Writes a message's unique-id, without a NUL: the one that it had on an old
 * server, or else onepop's own.  Returns the place behind it.
 */
char *maildrop_unique_id(struct maildrop *d, const struct maildrop_message *m,
                         char *to);

/* Reads the next part of a message, as mbox_read does. */
enum maildrop_status maildrop_read(struct maildrop *d,
                                   const struct maildrop_message *m, off_t *at,
                                   struct mbox_window *ret);

/*
 * To be called if a message has another number of octets than was listed.
 * Makes the next session scan the whole mailbox; returns MAILDROP_CHANGED.
 */
enum maildrop_status maildrop_differs(struct maildrop *d);

/* Marks a message as deleted, or removes all such marks. */
void maildrop_delete(struct maildrop *d, const struct maildrop_message *m);
void maildrop_reset(struct maildrop *d);

/* The octets of mail that have arrived since the scan. */
int64_t maildrop_arrived(const struct maildrop *d);

/*
 * The UPDATE state: removes the messages marked as deleted; with --keep-deleted
 * copies them first, and d->kept says how many have no copy.  Fails while the
 * journal is set aside, for an update would overwrite it.
 */
enum maildrop_status maildrop_update(struct maildrop *d);

/* Ends the mailbox's session, so that the next may begin. */
void maildrop_close(struct maildrop *d);

#endif

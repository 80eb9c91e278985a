/*
 * A mailbox as RFC 1939 sees it: messages numbered from 1, deletion marks,
 * sizes in octets, unique-ids, and the UPDATE state.
 */
#ifndef ONEPOP_MAILDROP_H
#define ONEPOP_MAILDROP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/mailpath.h"
#include "maildrop/mbox.h"
#include "mbox/uidl.h"
#include "update/journal.h"

struct account;
struct options;

struct maildrop {
	struct mailpath path;
	int directory; /* the administrator's part of the path; till opened */
	struct journal journal; /* we are the mailbox's one session */
	enum recovery recovery; /* what was done to finish an update */
	uint8_t *gone;          /* the messages marked as deleted */
	uint32_t count, left;   /* messages, and those not deleted */
	int64_t octets;         /* of those not deleted */
	const char *why;        /* after a failure: the matter, for the log,
	                           with the path of each file but the mailbox */
	const char *state_dir;
	uid_t owner;
	struct mbox mbox; /* the last, for it is large */
};

enum maildrop_status {
	MAILDROP_OK,
	MAILDROP_SESSION,      /* another session has this mailbox */
	MAILDROP_BUSY,         /* another program holds the mailbox's lock */
	MAILDROP_CHANGED,      /* another program changed it */
	MAILDROP_REFUSED,      /* it cannot be served until a person mends it */
	MAILDROP_STATE,        /* nor can it here: its state cannot be opened */
	MAILDROP_STATE_FAILED, /* a file of its state cannot be used now */
	MAILDROP_ASIDE, /* nothing is deleted: its journal was set aside */
	MAILDROP_ERROR  /* something failed that may work later */
};

/* Makes a maildrop that holds nothing. */
void maildrop_init(struct maildrop *d);

/*
 * Before the switch to the user: finds the path, opens what only the start
 * user may open, becomes the mailbox's one session.
 */
enum maildrop_status maildrop_prepare(struct maildrop *d,
                                      const struct options *o,
                                      const struct account *a);

/* After the switch: opens the mailbox as its owner, and drops directories. */
enum maildrop_status maildrop_open(struct maildrop *d);

/*
 * Finishes an update that was interrupted; d->recovery says what was done,
 * which is to be logged whatever comes of the scan.  Opens nothing.
 */
enum maildrop_status maildrop_recover(struct maildrop *d);

/* Then finds the messages.  Opens nothing. */
enum maildrop_status maildrop_scan(struct maildrop *d);

/* Is there such a message, not marked deleted? */
bool maildrop_has(const struct maildrop *d, uint32_t number);

/* Gets a message that there is. */
enum maildrop_status maildrop_message(struct maildrop *d, uint32_t number,
                                      struct mbox_message *ret);

/* As mbox_read. */
enum maildrop_status maildrop_read(struct maildrop *d, uint32_t number,
                                   off_t *at, struct mbox_window *ret);

/*
 * A message that was read has not the octets that were listed.  Returns
 * MAILDROP_CHANGED; the next session finds the messages anew.
 */
enum maildrop_status maildrop_differs(struct maildrop *d);

/* Marks a message that maildrop_message has given. */
void maildrop_delete(struct maildrop *d, uint32_t number,
                     const struct mbox_message *m);
void maildrop_reset(struct maildrop *d);

/* How many octets of mail have come since the messages were found? */
int64_t maildrop_arrived(const struct maildrop *d);

/*
 * The UPDATE state: removes the messages marked deleted.  None while the
 * journal is set aside: it would be written over.
 */
enum maildrop_status maildrop_update(struct maildrop *d);

/* Ends the session of the mailbox: the next may begin. */
void maildrop_close(struct maildrop *d);

#endif

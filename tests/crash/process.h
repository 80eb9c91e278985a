/* SPDX-License-Identifier: ISC */
/* Sessions and recoveries, which the machine may kill. */
#ifndef CRASH_PROCESS_H
#define CRASH_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#include "machine.h"
#include "mail.h"
#include "update/recovery.h"
#include "update/update.h"

enum reply {
	REPLY_OK,
	REPLY_ERROR,   /* to QUIT */
	REPLY_REFUSED, /* at login */
	REPLY_KILLED
};

/*
 * Runs a whole session: logs in as maildrop.c does, deletes what is chosen,
 * and quits.  arrive messages come in between.
 */
enum reply process_session(struct mail *m, const struct fault *f, int arrive,
                           uint64_t *seed);

/* Runs onepopctl recover. */
enum reply process_recover(const struct fault *f, enum recovery *ret);

/*
 * Runs the next login, which changes nothing.  Returns whether it sees those
 * messages, and nothing is left to be finished.
 */
bool process_look(const struct mail *m, enum verdict v);

/* How many messages went without a copy in the last session? */
uint32_t process_missed(void);

/*
 * Finds the copies of deleted mail that can be read, from the first one on.
 * Returns how many there are, at most most, and their digests.
 */
size_t process_copies(uint64_t *digests, size_t most);

/* Is an update to be finished? */
bool process_pending(void);

/* Delivers a message as another program does, and syncs it. */
void process_deliver(struct mail *m, uint64_t *seed);

#endif

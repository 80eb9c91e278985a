/* A session, or a recovery, that the machine may kill. */
#ifndef CRASH_PROCESS_H
#define CRASH_PROCESS_H

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
 * A whole session: logs in, as maildrop.c does it, deletes what goes and
 * quits.  So many messages arrive between.
 */
enum reply process_session(struct mail *m, const struct fault *f, int arrive,
                           uint64_t *seed);

/* onepopctl recover. */
enum reply process_recover(const struct fault *f, enum recovery *ret);

/*
 * The next login, which only looks; true where it sees those messages and
 * nothing is left to be finished.
 */
bool process_look(const struct mail *m, enum verdict v);

/* Is an update to be finished? */
bool process_pending(void);

/* A program that knows nothing of this delivers, and syncs. */
void process_deliver(struct mail *m, uint64_t *seed);

#endif

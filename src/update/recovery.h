/* SPDX-License-Identifier: ISC */
/* Finishes an update (update.h) that was interrupted, from its journal. */
#ifndef ONEPOP_RECOVERY_H
#define ONEPOP_RECOVERY_H

#include "update/record.h"

enum recovery {
	RECOVERY_NOTHING, /* there was nothing to finish */
	RECOVERY_DONE,
	RECOVERY_FOREIGN, /* the journal is not for this mailbox as it is: it
	                     was set aside */
	RECOVERY_KEPT,    /* there is no mailbox, but it may be put back */
	RECOVERY_ERROR    /* errno; it can be tried again */
};

/*
 * Finishes an interrupted update of the mailbox, which the caller has locked.
 * mailbox is -1 if there is none.
 */
enum recovery recovery_run(struct journal *j, int mailbox);

/*
 * Logs the outcome.  Nothing is logged for RECOVERY_NOTHING and
 * RECOVERY_ERROR; the caller reports errors.  login and account are
 * those of log_user; both are "" if no user has logged in.
 */
void recovery_log(enum recovery outcome, const char *mailbox, const char *login,
                  const char *account);

#endif

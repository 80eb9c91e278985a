/*
 * Finishing an update (update.h) that was interrupted, as the journal has it.
 */
#ifndef ONEPOP_RECOVERY_H
#define ONEPOP_RECOVERY_H

#include "update/record.h"

enum recovery {
	RECOVERY_NOTHING, /* there was nothing to finish */
	RECOVERY_DONE,
	RECOVERY_FOREIGN, /* the journal is not for this mailbox as it is: it
	                     was set aside */
	RECOVERY_WAITS,   /* there is no mailbox, but it may be put back */
	RECOVERY_ERROR    /* errno; to be tried again */
};

/*
 * Finishes an interrupted update of the mailbox, which the caller has
 * locked; -1 for one that is not there.
 */
enum recovery recovery_run(struct journal *j, int mailbox);

/*
 * Logs what was done, if that is of interest to anybody: errors are told by
 * who knows more of them.  user may be NULL.
 */
void recovery_log(enum recovery done, const char *mailbox, const char *user);

#endif

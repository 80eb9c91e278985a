/*
 * A mailbox's journal, NAME.journal in the state directory: who has it
 * locked is the mailbox's one session.
 */
#ifndef ONEPOP_JOURNAL_H
#define ONEPOP_JOURNAL_H

#include "deadline.h"

/*
 * Opens or creates the journal of that name (mailpath.h), before the switch
 * to the user.  Returns its descriptor, or -1 with errno.
 */
int journal_open(const char *state_dir, const char *name);

/*
 * Becomes the mailbox's one session, waiting for another to end until the
 * deadline.  Returns 0, or -1 with errno: EWOULDBLOCK where one goes on.
 * Closing the descriptor, or dying, ends it.
 */
int journal_lock(int journal, deadline_t until);

#endif

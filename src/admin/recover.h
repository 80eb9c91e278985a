/* SPDX-License-Identifier: ISC */
/*
 * onepopctl recover: finishes the updates that were interrupted, of all
 * mailboxes, and removes the state of mailboxes that are gone.
 */
#ifndef ONEPOP_RECOVER_H
#define ONEPOP_RECOVER_H

struct options;

/*
 * Goes through the state directory; or, where id is not NULL, recovers only
 * the mailbox of the session that had this invocation ID, if sessions.h knows
 * of it.  Mailboxes in use are skipped: their session finishes the update
 * itself.  A mailbox with nothing to finish costs a few system calls.
 *
 * The journal of a mailbox that is gone is removed, unless it has an update to
 * finish or the mailbox's file system may not be mounted.
 *
 * Each mailbox has a child of its own, which becomes its owner before it reads
 * the records of the journal.  Only children look for mailboxes, for a bounded
 * time: a user may have mounted a file system that does not answer.
 *
 * Logs problems.  Returns 0; EX_TEMPFAIL of sysexits.h where an update could
 * not be finished; or EX_CONFIG where the state directory cannot be opened.
 */
int recover_all(const struct options *o, const char *id);

#endif

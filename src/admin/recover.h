/*
 * onepopctl recover: finishes the updates that were interrupted, of all
 * mailboxes, and removes the state of mailboxes that are gone.
 */
#ifndef ONEPOP_RECOVER_H
#define ONEPOP_RECOVER_H

struct options;
struct maildrop;

/*
 * Goes through the state directory; or, where id is not NULL, looks only at
 * the mailbox of the session that had this invocation ID, if sessions.h knows
 * of it.  A mailbox in whose
 * session somebody is is left to the session; one that has nothing to finish
 * costs a few system calls.  A journal whose mailbox is gone waits for it, if
 * anything is to be finished, or if the mailbox may be on what is not mounted;
 * else it is removed.  Journals are read, beyond that, only in a child that has
 * become the mailbox's owner.  Only children look for mailboxes, for a time
 * that is bounded: a user may have mounted what does not answer.  Returns an
 * exit status of sysexits.h.
 */
int recover_all(const struct options *o, const char *id);

#endif

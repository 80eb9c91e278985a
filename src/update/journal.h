/*
 * A mailbox's journal, NAME.journal in the state directory: who has it
 * locked is the mailbox's one session.  record.h says what is in it.
 */
#ifndef ONEPOP_JOURNAL_H
#define ONEPOP_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/deadline.h"

#define JOURNAL_SLOT                                                           \
	((off_t)16384) /* octets of each of the two slots for records */

struct journal {
	int fd;
	uint64_t sequence; /* of the newest record */
	bool idle;         /* that is RECORD_IDLE */
	bool aside;        /* it was set aside: nobody is to write to it */
	off_t size;        /* of the file; it may be less */
	off_t area;        /* octets behind the slots, for each of them */
	off_t data;        /* where the newest record's window is */
};

/*
 * Before the switch to the user: opens or creates the journal of that name
 * (mailpath.h) and becomes the mailbox's one session, waiting for another to
 * end until the deadline.  state_dir is statefile_directory's.  Returns 0, or
 * -1 with errno: EWOULDBLOCK where another session goes on.
 */
int journal_open(struct journal *j, int state_dir, const char *name,
                 deadline_t until);

/* Ends the mailbox's session, as dying would. */
void journal_close(struct journal *j);

/*
 * Marks it as set aside: what it holds is not for the mailbox that is there,
 * and may be the only copy of some mail.  It keeps its place until the
 * administrator removes it, so that a mailbox never has two of them; until
 * then nothing can be deleted in that mailbox.
 */
void journal_set_aside(struct journal *j);

/* Was the journal in that file set aside? */
bool journal_is_aside(int fd);

#endif

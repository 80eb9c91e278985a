/*
 * A mailbox's journal, NAME.journal in the state directory: who has it
 * locked is the mailbox's one session.  record.h says what is in it.
 */
#ifndef ONEPOP_JOURNAL_H
#define ONEPOP_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "deadline.h"

#define JOURNAL_SLOT                                                           \
	((off_t)16384) /* octets of each of the two slots for records */

struct journal {
	int fd;
	uint64_t sequence; /* of the newest record */
	bool idle;         /* that is RECORD_IDLE */
	off_t size;        /* of the file; it may be less */
	off_t area;        /* octets behind the slots, for each of them */
	off_t data;        /* where the newest record's window is */
};

/*
 * Before the switch to the user: opens or creates the journal of that name
 * (mailpath.h) and becomes the mailbox's one session, waiting for another to
 * end until the deadline.  One that was set aside is renamed first.  state_dir
 * is statefile_directory's.  Returns 0, or -1 with errno: EWOULDBLOCK where
 * another session goes on.
 */
int journal_open(struct journal *j, int state_dir, const char *name,
                 deadline_t until);

/* Ends the mailbox's session, as dying would. */
void journal_close(struct journal *j);

/*
 * What it holds is not for the mailbox that is there: it is kept, under the
 * name NAME.journal.TIME, from the next journal_open on.
 */
void journal_set_aside(struct journal *j);

#endif

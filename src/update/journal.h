/* SPDX-License-Identifier: ISC */
/*
 * A mailbox's journal, NAME.journal in the state directory.  The process that
 * has it locked is the mailbox's one session.  record.h says what it holds.
 */
#ifndef ONEPOP_JOURNAL_H
#define ONEPOP_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/deadline.h"

/* Octets of each of the two slots for records. */
#define JOURNAL_SLOT ((off_t)16384)

struct journal {
	int fd;
	uint64_t sequence; /* of the newest record */
	bool idle;         /* the newest record is RECORD_IDLE */
	bool aside;        /* set aside: it must not be written to */
	off_t size;        /* of the file, or more */
	off_t area;        /* octets of each slot's area, behind the slots */
	off_t data;        /* where the newest record's window is */
};

/*
 * Opens or creates the journal of that name (mailpath.h), and becomes the
 * mailbox's one session; waits until the deadline for another session to end.
 * state_dir is from statefile_directory.  To be called before the switch to
 * the user.  Returns 0, or -1 with errno: EWOULDBLOCK if another session
 * goes on.
 */
int journal_open(struct journal *j, int state_dir, const char *name,
                 deadline_t until);

/* Ends the mailbox's session, as the process's end does.  Keeps errno. */
void journal_close(struct journal *j);

/*
 * Marks the journal as set aside: its record does not fit the mailbox that is
 * there, and may hold the only copy of some mail.  The journal keeps its name,
 * so that a mailbox never has two; until the administrator removes it, nothing
 * can be deleted in that mailbox.
 */
void journal_set_aside(struct journal *j);

/* Was the journal in that file set aside? */
bool journal_is_aside(int fd);

#endif

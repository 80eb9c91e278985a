/* SPDX-License-Identifier: ISC */
/* The state of a mailbox's journal (journal.h), found without changing it. */
#ifndef ONEPOP_JOURNALSTATE_H
#define ONEPOP_JOURNALSTATE_H

enum journalstate {
	JOURNALSTATE_IDLE,
	JOURNALSTATE_IN_USE,  /* its mailbox's session goes on */
	JOURNALSTATE_PENDING, /* no session has it, and an update is to be
	                         finished */
	JOURNALSTATE_ASIDE,   /* nothing can be deleted until it is removed */
	JOURNALSTATE_NONE,    /* there is no such file */
	JOURNALSTATE_BAD      /* no session can use it; errno says why */
};

/*
 * Returns the state of the journal that is that file of the state directory.
 * Never waits.  To see whether a session has the journal locked, it locks the
 * journal for a few system calls; a login or a recovery that comes just then
 * tries again.
 */
enum journalstate journalstate_look(int state_dir, const char *file);

#endif

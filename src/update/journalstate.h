/* A look at a mailbox's journal (journal.h) that changes nothing. */
#ifndef ONEPOP_JOURNALSTATE_H
#define ONEPOP_JOURNALSTATE_H

enum journalstate {
	JOURNALSTATE_IDLE,
	JOURNALSTATE_IN_USE,  /* its mailbox's session goes on */
	JOURNALSTATE_PENDING, /* nobody's, and there is something to finish */
	JOURNALSTATE_ASIDE,   /* nothing can be deleted until it is removed */
	JOURNALSTATE_NONE,
	JOURNALSTATE_BAD /* errno: no session can use it */
};

/*
 * Looks at that file of the state directory, and waits for nobody.  For the
 * moment of a few system calls it has the journal locked, to see whether a
 * session has: a login or a recovery that comes just then tries again.
 */
enum journalstate journalstate_look(int state_dir, const char *file);

#endif

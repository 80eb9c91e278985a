/* A look at a mailbox's journal (journal.h) that changes nothing. */
#ifndef ONEPOP_CHECKJOURNAL_H
#define ONEPOP_CHECKJOURNAL_H

#include <stdbool.h>

#include "update/journal.h"

#define CHECKJOURNAL_SUFFIX JOURNAL_SUFFIX

/* Is that the name of a journal? */
bool checkjournal_is(const char *file);

enum checkjournal {
	CHECKJOURNAL_IDLE,
	CHECKJOURNAL_IN_USE,  /* its mailbox's session goes on */
	CHECKJOURNAL_PENDING, /* nobody's, and there is something to finish */
	CHECKJOURNAL_ASIDE,   /* nothing can be deleted until it is removed */
	CHECKJOURNAL_NONE,
	CHECKJOURNAL_BAD /* errno: no session can use it */
};

/*
 * Looks at that file of the state directory, and waits for nobody.  For the
 * moment of a few system calls it has the journal locked, to see whether a
 * session has: a login or a recovery that comes just then tries again.
 */
enum checkjournal checkjournal_look(int state_dir, const char *file);

#endif

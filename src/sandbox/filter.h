/*
 * The system calls that are left, by seccomp: src/sandbox/syscalls.tab says
 * which, and src/sandbox/mkfilters.c makes programs of it when onepop is built.
 */
#ifndef ONEPOP_FILTER_H
#define ONEPOP_FILTER_H

#include <stdint.h>

/* After login, the descriptors of the state, which has a bound of its own. */
#define FILTER_JOURNAL 8
#define FILTER_INDEX   9

enum filter {
	FILTER_LOGIN = 0,  /* other calls fail */
	FILTER_HELPER = 1, /* the same, but programs may be run */
	FILTER_ROOT = 2, /* the same, but the process may become root and write
	                    audit records */
	FILTER_MAIL = 4  /* other calls kill the process */
};

/*
 * From here on the process, and all that it starts, can make only the calls of
 * that filter; FILTER_HELPER and FILTER_ROOT can be joined by |.  After login
 * what is written to the state's descriptors begins at most octets from their
 * start, or before, and is as long at the most.  Without CAP_SYS_ADMIN the
 * process must have set PR_SET_NO_NEW_PRIVS.  Returns 0, or -1 with errno.
 */
int filter_enter(unsigned int filter, uint64_t most);

#endif

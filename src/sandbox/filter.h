/* SPDX-License-Identifier: ISC */
/*
 * Limits the system calls that the process may make, by seccomp.
 * src/sandbox/syscalls.tab lists them; src/sandbox/mkfilters.c makes the
 * kernel's programs of that list when onepop is built.
 */
#ifndef ONEPOP_FILTER_H
#define ONEPOP_FILTER_H

#include <stdint.h>

/* After login, the descriptors of the state, which has a limit of its own. */
#define FILTER_JOURNAL 8
#define FILTER_INDEX   9
#define FILTER_KEPT    10

enum filter {
	FILTER_LOGIN = 0,  /* other calls fail */
	FILTER_HELPER = 1, /* the same, but the process may run programs */
	FILTER_ROOT = 2, /* the same, but the process may become root and write
	                    audit records */
	FILTER_MAIL = 4  /* other calls kill the process */
};

/*
 * From here on the process, and all that it starts, can make only the calls
 * of that filter; FILTER_HELPER and FILTER_ROOT can be joined by |.  With
 * FILTER_MAIL a write to a descriptor of the state may begin at most `most`
 * octets from its start, and be at most as long.  Without CAP_SYS_ADMIN the
 * process must have set PR_SET_NO_NEW_PRIVS.
 * Returns 0, or -1 with errno; part of the filter may then be in force.
 */
int filter_enter(unsigned int filter, uint64_t most);

#endif

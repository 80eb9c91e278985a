/*
 * The system calls that are left, by seccomp: src/syscalls.tab says which,
 * and src/mkfilters.c makes programs of it when onepop is built.
 */
#ifndef ONEPOP_FILTER_H
#define ONEPOP_FILTER_H

enum filter {
	FILTER_LOGIN,   /* other calls fail */
	FILTER_AUDITED, /* the same, for who may write audit records */
	FILTER_MAIL     /* other calls kill the process */
};

/*
 * From here on the process, and all that it starts, can make only those
 * calls.  Without CAP_SYS_ADMIN it must have set PR_SET_NO_NEW_PRIVS.
 * Returns 0, or -1 with errno.
 */
int filter_enter(enum filter filter);

#endif

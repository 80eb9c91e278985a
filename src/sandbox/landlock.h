/*
 * The files that are left, by Landlock, through its system calls: beneath
 * which paths this process, and all that it starts, may still do what.
 */
#ifndef ONEPOP_LANDLOCK_H
#define ONEPOP_LANDLOCK_H

#include <stddef.h>

/* What may be done beneath a path; joined by |. */
enum landlock_access {
	LANDLOCK_READ = 1,    /* files and directories */
	LANDLOCK_WRITE = 2,   /* files that are there */
	LANDLOCK_CREATE = 4,  /* make, rename and remove files, directories */
	LANDLOCK_EXECUTE = 8, /* run */
	LANDLOCK_FILE = 16,   /* the path is no directory */
	LANDLOCK_ELSE = 32,   /* only where the path before is not there */
	LANDLOCK_NO_LINK = 64 /* not where the path is a symbolic link */
};

struct landlock_rule {
	const char *path; /* one that is not there, or no directory and not
	                     said to be none, allows nothing */
	unsigned int access;
};

/*
 * Allows what the n rules allow, and nothing else to do with files, as far
 * as the kernel knows of it: an older one watches less.  Signals and abstract
 * sockets reach only what this process starts from here on.  Without any rule
 * TCP goes too.  What is open stays open.  Without CAP_SYS_ADMIN the process
 * must have set PR_SET_NO_NEW_PRIVS.  Returns 0, or -1 with errno: ENOSYS or
 * EOPNOTSUPP where the kernel has no Landlock.
 */
int landlock_restrict(const struct landlock_rule *rules, size_t n);

#endif

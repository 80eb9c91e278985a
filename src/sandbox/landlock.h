/* SPDX-License-Identifier: ISC */
/*
 * Limits by Landlock what the process, and all that it starts, may do with
 * files: rules allow accesses beneath paths.
 */
#ifndef ONEPOP_LANDLOCK_H
#define ONEPOP_LANDLOCK_H

#include <stddef.h>

/* The accesses that are allowed beneath a path; joined by |. */
enum landlock_access {
	LANDLOCK_READ = 1,    /* read files and directories */
	LANDLOCK_WRITE = 2,   /* write files that exist */
	LANDLOCK_CREATE = 4,  /* make, rename and remove files, directories */
	LANDLOCK_EXECUTE = 8, /* run programs */
	LANDLOCK_FILE = 16,   /* the path is a file, not a directory */
	LANDLOCK_ELSE = 32, /* only if the path of the rule before is missing */
	LANDLOCK_NO_LINK = 64 /* only if the path is no symbolic link */
};

/* A rule allows nothing if its path is missing or of the wrong type. */
struct landlock_rule {
	const char *path;
	unsigned int access;
};

/*
 * Allows with files what the n rules allow, and nothing else that this kernel
 * can restrict; an older kernel restricts less.  Signals and abstract sockets
 * then reach only processes that this one starts later; if n is 0, TCP is
 * forbidden too.  Open descriptors still work.  Without CAP_SYS_ADMIN the
 * process must have set PR_SET_NO_NEW_PRIVS.
 * Returns 0, or -1 with errno: ENOSYS or EOPNOTSUPP if the kernel has no
 * Landlock.
 */
int landlock_restrict(const struct landlock_rule *rules, size_t n);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Where a user's mailbox is: --mailbox's pattern, filled in for the user, and
 * the name under which the mailbox's state is kept.
 */
#ifndef ONEPOP_MAILPATH_H
#define ONEPOP_MAILPATH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/statename.h"

struct mailpath {
	char path[PATH_MAX];
	size_t admin; /* octets of the administrator's part: up to the slash
	                 before the pattern's first %; only this part may have
	                 symbolic links */
	char state[STATENAME_SIZE]; /* as systemd-escape --path writes path */
};

/*
 * Fills in the pattern (pattern.h) for the account's name and home directory.
 * Returns NULL, or the problem in words.
 */
const char *mailpath_fill(struct mailpath *p, const char *pattern,
                          const char *user, const char *home);

/*
 * Returns whether the path is absolute and each component is more than
 * nothing, "." and "..".
 */
bool mailpath_is_plain(const char *path);

#define MAILPATH_HOMES 16 /* directories in a list of --home-dirs */

/*
 * Returns NULL if the list holds absolute paths, separated by commas, none of
 * which is the root directory; or the problem in words.
 */
const char *mailpath_homes_problem(const char *list);

/*
 * Copies the first directory of a list without problem.  Returns the rest of
 * the list, or NULL if there is none.
 */
const char *mailpath_next_home(const char *list, char home[static PATH_MAX]);

/*
 * Returns whether the pattern begins with %h while home is not one of the
 * list's directories, nor below one.
 */
bool mailpath_is_outside(const char *pattern, const char *list,
                         const char *home);

/* Returns mailpath.admin of all paths that the pattern makes. */
size_t mailpath_admin(const char *pattern);

/*
 * Opens the administrator's part of the path, the directory below which
 * path + admin + 1 is.  Returns a descriptor to close, or -1 with errno.
 */
int mailpath_directory(const char *path, size_t admin);

#endif

/*
 * Where a user's mailbox is: --mailbox's pattern, filled in, and the name
 * under which its state is kept.
 */
#ifndef ONEPOP_MAILPATH_H
#define ONEPOP_MAILPATH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/statename.h"

#include "config/username.h"

struct mailpath {
	char path[PATH_MAX];
	size_t admin; /* octets up to the slash before the first %:
	                 there symbolic links may stand */
	char state[STATENAME_SIZE]; /* as systemd-escape --path writes it */
};

/*
 * Fills in %u (the name), %n and %d (before and after its @), %h (the home
 * directory) and %%.  Returns NULL, or what is wrong.
 */
const char *mailpath_fill(struct mailpath *p, const char *pattern,
                          const char *user, const char *home);

#define MAILPATH_HOMES 16 /* directories that a list may have */

/*
 * Says what is wrong with a list of directories that homes are in, or returns
 * NULL: they are absolute, not the root directory, and separated by commas.
 */
const char *mailpath_homes_wrong(const char *list);

/*
 * Copies the first directory of such a list.  Returns the rest of it, or NULL
 * where that was the last.
 */
const char *mailpath_next_home(const char *list, char home[static PATH_MAX]);

/*
 * Does the pattern begin with %h, and is home none of the list's directories,
 * nor below one?
 */
bool mailpath_is_outside(const char *pattern, const char *list,
                         const char *home);

/*
 * The login name that the pattern makes this path of, as far as the path
 * tells: not where a %h is in the pattern, and mailpath_fill has to make the
 * same path of the name.  Returns 0, or -1.
 */
int mailpath_user_of(const char *pattern, const char *path,
                     char user[static USERNAME_OCTETS + 1]);

/* mailpath.admin of all paths made from the pattern. */
size_t mailpath_admin(const char *pattern);

/*
 * Opens the administrator's part of the path: the directory below which
 * path + admin + 1 is.  Returns its descriptor, or -1 with errno.
 */
int mailpath_directory(const char *path, size_t admin);

/*
 * The path that a state name of n octets was made from, which the pattern
 * may have made: one below its administrator's part.  Returns 0, or -1.
 */
int mailpath_of_state(const char *pattern, const char *state, size_t n,
                      char path[static PATH_MAX]);

/* Is there no such mailbox any more? */
bool mailpath_is_gone(const char *path);

/*
 * Does the nearest directory above it that is there hold anything?  If not,
 * its file system may not be mounted: the mailbox need not be gone.
 */
bool mailpath_is_mounted(const char *path);

#endif

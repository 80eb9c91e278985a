/* SPDX-License-Identifier: ISC */
/*
 * Goes the way of mailpath.h back, outside a session: from the name of a
 * mailbox's state to its path, and from the path to the user.
 */
#ifndef ONEPOP_MAILBOX_H
#define ONEPOP_MAILBOX_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "config/username.h"

/*
 * Writes the path that a state name of n octets was made from.  Returns 0; or
 * -1 if the name was not made from a path below the pattern's administrator's
 * part.
 */
int mailbox_path(const char *pattern, const char *state, size_t n,
                 char path[static PATH_MAX]);

/*
 * Writes the login name that the path, read as the pattern's, seems to have;
 * mailpath_fill must still make the same path of it.  Returns 0; 1 if the name
 * may have capitals that the path, as that of %Lu, does not show; or -1 if the
 * path does not fit, or the pattern has a %h, or no more than octets of the
 * name.
 */
int mailbox_user(const char *pattern, const char *path,
                 char user[static USERNAME_OCTETS + 1]);

/* Returns whether the mailbox does not exist. */
bool mailbox_is_gone(const char *path);

/*
 * Returns whether the nearest existing directory above the mailbox has any
 * entry.  If not, its file system may be unmounted, and the mailbox not gone.
 */
bool mailbox_is_mounted(const char *path);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Opens the directory of a file part by part, so that only root's symbolic
 * links can lead elsewhere.
 */
#ifndef ONEPOP_WALK_H
#define ONEPOP_WALK_H

/*
 * Opens the directory that holds the last part of a path, below the directory
 * dir.  Follows a symbolic link among the parts before the last only if the
 * link belongs to root and only root can write the directories from dir down
 * to it: /home may be a link, but nothing in a user's home.  The target of a
 * link may be absolute; the same rules hold for its parts.  Refuses a path that
 * begins with a slash, and the parts "." and "..", also in a target.
 *
 * Each part is opened by its name in the directory before, and checked by its
 * descriptor, so a rename between the two changes nothing.
 *
 * Returns a descriptor (O_PATH) for the caller to close, or dir itself if the
 * path has only one part; or -1 with errno: ELOOP for a link that is not
 * followed, or too many links; EXDEV for a path that is refused; and the errors
 * of openat(2).
 */
int walk_directory(int dir, const char *path);

/* Returns the last part of the path. */
const char *walk_name(const char *path);

#endif

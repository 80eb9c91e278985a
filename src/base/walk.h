/*
 * A way to the directory of a file, part by part, so that nobody but root
 * leads it elsewhere by a symbolic link.
 */
#ifndef ONEPOP_WALK_H
#define ONEPOP_WALK_H

/*
 * Opens the directory that holds the last part of a path, below the directory
 * dir.  A symbolic link among the parts before the last is followed only where
 * it is root's, and each directory from dir up to the one that holds it is
 * root's and can be written by root alone (neither by its group nor by
 * others): /home may be a link, and nothing in a user's home.  The link's own
 * target is walked by the same rule; it may be absolute.  Parts "." and ".."
 * are refused, in a target too, and so is a path that begins with a slash.
 *
 * Each part is opened by its name in the directory before, and judged by its
 * descriptor: no rename between two steps changes what was judged.
 *
 * Returns a descriptor (O_PATH) for the caller to close, or dir itself where
 * the path has one part only; or -1 with errno: ELOOP for a link that is not
 * followed, or too many; EXDEV for a path that is refused; and openat(2)'s.
 */
int walk_directory(int dir, const char *path);

/* The last part of the path. */
const char *walk_name(const char *path);

#endif

/*
 * Opening files in the state directory, which must be such that nobody but
 * the user we start as can have put anything there.
 */
#ifndef ONEPOP_STATEFILE_H
#define ONEPOP_STATEFILE_H

#include <stdbool.h>
#include <sys/stat.h>

/* Opens the directory, to be closed by the caller; -1 with errno. */
int statefile_directory(const char *path);

/* May others than its owner write the file or directory? */
bool statefile_others_write(const struct stat *st);

/* Is it a regular file of ours that has no other name? */
bool statefile_is_ours(const struct stat *st);

/*
 * Opens a file in it that is, to read and write, or makes it.  Returns its
 * descriptor, or -1 with errno.
 */
int statefile_open(int dir, const char *file, struct stat *ret);

/*
 * For root: gives the directory, and what is in it, to the user whom root is
 * about to become, if it is root's alone and holds nothing but state.  Before
 * there was such a user, or where root has made it, it was root's.  Does
 * nothing for uid 0.
 * Returns 0, or -1 where some of it could not be given.
 */
int statefile_give(const char *path, uid_t uid, gid_t gid);

#endif

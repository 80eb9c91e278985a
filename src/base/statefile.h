/* SPDX-License-Identifier: ISC */
/*
 * Opens files in the state directory, if only the user that the process
 * started as can have put anything there.
 */
#ifndef ONEPOP_STATEFILE_H
#define ONEPOP_STATEFILE_H

#include <stdbool.h>
#include <sys/stat.h>

/* Opens the directory.  Returns a descriptor to close, or -1 with errno. */
int statefile_directory(const char *path);

/* May others than its owner write the file or directory? */
bool statefile_others_write(const struct stat *st);

/* Is it a regular file of ours that has no other name? */
bool statefile_is_ours(const struct stat *st);

/*
 * Opens a file in it to read and write; makes the file if there is none.
 * Refuses one that is not ours (EPERM).  Returns a descriptor to close, or -1
 * with errno.
 */
int statefile_open(int dir, const char *file, struct stat *ret);

/*
 * Called by root before it becomes another user: gives the directory and all
 * that is in it to that user, if only root can write it and it holds nothing
 * but state.  The directory is root's if root made it, or if root ran onepop
 * before that user existed.  Does nothing for uid 0.
 * Returns 0, or -1 if some of it could not be given.
 */
int statefile_give(const char *path, uid_t uid, gid_t gid);

#endif

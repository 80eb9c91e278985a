/* SPDX-License-Identifier: ISC */
/*
 * Reads a user's line of /etc/shadow.  libc's getspnam would also ask other
 * services than the file, for which it loads modules, and would keep copies of
 * the line in memory.
 */
#ifndef ONEPOP_SHADOWFILE_H
#define ONEPOP_SHADOWFILE_H

#include <shadow.h>

#define SHADOWFILE "/etc/shadow"

/* Space for a line, which is secret. */
struct shadowfile_line {
	char text[1024];
};

/*
 * Finds the user's line.  The strings of *ret are in *line, which the caller
 * wipes.  Returns 0; or -1 with errno, ENOENT if there is no such line.
 */
int shadowfile_find(const char *user, struct spwd *ret,
                    struct shadowfile_line *line);

/*
 * Returns the hash that the user's password must fit, in *line, which the
 * caller wipes.  Returns NULL if there is no line, or its hash admits nobody
 * now: it is empty or locked, or the password or the account has expired.
 */
const char *shadowfile_hash(const char *user, struct shadowfile_line *line);

#endif

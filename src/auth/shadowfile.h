/*
 * A user's line of /etc/shadow, read without libc's name service, which asks
 * others too, and keeps copies.
 */
#ifndef ONEPOP_SHADOWFILE_H
#define ONEPOP_SHADOWFILE_H

#include <shadow.h>

#define SHADOWFILE "/etc/shadow"

/* Room for a line; what it holds is secret. */
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
 * caller wipes; or NULL: the file has none, cannot be read, or the hash lets
 * nobody in now (empty, locked, password or account expired).
 */
const char *shadowfile_hash(const char *user, struct shadowfile_line *line);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * The file of --password-file.  Each line is LOGIN:PASSWORD, where LOGIN is the
 * name at the old server; or there is only one line, which is the password of
 * all users that it does not name so.
 */
#ifndef ONEPOP_PASSWORDS_H
#define ONEPOP_PASSWORDS_H

#include <stddef.h>

#include "base/textfile.h"

struct passwords {
	size_t n;
	char text[TEXTFILE_MAX + 1];
};

/*
 * Reads the file, which only its owner may read or write.  Returns NULL, or the
 * problem in words.  The caller wipes the passwords after use, whatever it
 * returns.
 */
const char *passwords_read(struct passwords *p, const char *path);

/*
 * Copies the password of a name, with a NUL.  Returns 0; or -1 if it has none,
 * or one that does not fit.
 */
int passwords_find(const struct passwords *p, const char *login, char *ret,
                   size_t size);

void passwords_wipe(struct passwords *p);

#endif

/* SPDX-License-Identifier: ISC */
/* Which names may be login names. */
#ifndef ONEPOP_USERNAME_H
#define ONEPOP_USERNAME_H

#include <stdbool.h>

#define USERNAME_OCTETS 64 /* of the longest login name, without its NUL */

/*
 * Returns whether this may be a login name: 1 to USERNAME_OCTETS letters,
 * digits and . _ @ % + -, not beginning with a dash or a dot.  A name that may
 * be one is safe in a path and in a log line.
 */
bool username_is_valid(const char *name);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Which names may be login names, and --account: the name that PAM and the
 * name service know the user by.
 */
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

/*
 * Returns NULL if the pattern makes names that differ from user to user; or
 * the problem in words.  It may have any value of pattern.h but %h, %1u and
 * %2u.
 */
const char *username_pattern_problem(const char *pattern);

/*
 * Fills in a pattern without problem.  Returns whether the login name and the
 * account's name may both be login names; if not, *account is empty.
 */
bool username_fill(char account[static USERNAME_OCTETS + 1],
                   const char *pattern, const char *login);

#endif

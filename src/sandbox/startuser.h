/* SPDX-License-Identifier: ISC */
/*
 * The change from root to the start user (--start-user), and the directories
 * that belong to that user.
 */
#ifndef ONEPOP_STARTUSER_H
#define ONEPOP_STARTUSER_H

struct options;

/*
 * Gives the state directory to the start user, makes the run-time directory
 * if it is the default one, and becomes that user.  If the account is missing,
 * logs an error, and root stays root (privileges.h).
 * Returns NULL, or the problem in words, with errno; then the process must
 * not go on.
 */
const char *startuser_become(const struct options *o);

#endif

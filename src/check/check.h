/* SPDX-License-Identifier: ISC */
/* onepopctl check: names each fault of the set-up, and how to fix it. */
#ifndef ONEPOP_CHECK_H
#define ONEPOP_CHECK_H

#include <stdbool.h>

#define CHECK_PROBLEM 1 /* exit status: a problem was found */

struct options;

/*
 * Gathers what only the user that started the program may see: before
 * check_all, which may run as the start user.  json: prints for a program, as
 * findings.h says.
 */
void check_begin(bool json);

/*
 * Prints a line for each thing; with user, which may be NULL, checks that
 * user's mailbox too, as that user.  Writes nothing but a failed login that
 * pam_faillock is to count and that is taken back.  Returns 0, or
 * CHECK_PROBLEM.
 */
int check_all(const struct options *o, const char *user);

/*
 * Prints a problem that keeps everything from being checked.  Returns
 * CHECK_PROBLEM; or 0 where an ordinary user may not read the options file.
 */
int check_failed(const char *problem, const char *fix);

#endif

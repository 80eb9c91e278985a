/* SPDX-License-Identifier: ISC */
/* The users that pam_faillock has blocked. */
#ifndef ONEPOP_CHECKTALLY_H
#define ONEPOP_CHECKTALLY_H

struct checkpam_faillock;
struct report;

/*
 * Reports the first ten users that are blocked now, and user in any case
 * unless it is NULL, each with the command that ends it.
 */
void checktally_users(const struct report *r,
                      const struct checkpam_faillock *faillock,
                      const char *user);

#endif

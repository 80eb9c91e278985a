/* SPDX-License-Identifier: ISC */
/* The mailbox of one user. */
#ifndef ONEPOP_CHECKMAIL_H
#define ONEPOP_CHECKMAIL_H

struct options;
struct report;

/*
 * Reports whether an update is pending, then what is in the mailbox.  A user
 * can write anything into it: it is parsed in a child that has become that
 * user.
 */
void checkmail_user(struct report *r, const struct options *o,
                    const char *user);

#endif

/* SPDX-License-Identifier: ISC */
/* The mailbox of one user. */
#ifndef ONEPOP_CHECKMAIL_H
#define ONEPOP_CHECKMAIL_H

struct options;
struct report;

/*
 * login is the name that the client sends: --account makes the user's name of
 * it.  Reports whether an update is pending, then what is in the mailbox.  A
 * user can write anything into it: it is parsed in a child that has become that
 * user.
 */
void checkmail_user(const struct report *r, const struct options *o,
                    const char *login);

#endif

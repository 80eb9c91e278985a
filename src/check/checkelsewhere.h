/* SPDX-License-Identifier: ISC */
/* Mail of a user in other places than the mailbox. */
#ifndef ONEPOP_CHECKELSEWHERE_H
#define ONEPOP_CHECKELSEWHERE_H

struct report;

/*
 * For a user whose mailbox has no messages: reports the places of other mail
 * programs that have mail of the user.  Best called as that user.
 */
void checkelsewhere_places(const struct report *r, const char *user,
                           const char *home, const char *mailbox);

#endif

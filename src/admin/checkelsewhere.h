/* onepopctl check's look for mail of a user in other places than the mailbox.
 */
#ifndef ONEPOP_CHECKELSEWHERE_H
#define ONEPOP_CHECKELSEWHERE_H

struct report;

/*
 * For a user whose mailbox has no messages: names the places that mail
 * programs deliver to where there is mail.  Looks as who runs it, which is
 * best the user.
 */
void checkelsewhere_look(struct report *r, const char *user, const char *home,
                         const char *mailbox);

#endif

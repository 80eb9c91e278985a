/* onepopctl check's look at one user's mailbox. */
#ifndef ONEPOP_CHECKMAIL_H
#define ONEPOP_CHECKMAIL_H

struct options;
struct report;

/*
 * Says whether an update of it is pending, then what is in it.  The file is
 * its user's to write: it is parsed in a child that has become that user.
 */
void checkmail_user(struct report *r, const struct options *o,
                    const char *user);

#endif

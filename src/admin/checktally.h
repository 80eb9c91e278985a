/* onepopctl check's look at who is blocked by pam_faillock. */
#ifndef ONEPOP_CHECKTALLY_H
#define ONEPOP_CHECKTALLY_H

struct checkpam_faillock;
struct report;

/*
 * Names users that are blocked now, each with the command that lets the user
 * in: the first ten, and user, if it is not NULL, in any case.
 */
void checktally_say(struct report *r, const struct checkpam_faillock *faillock,
                    const char *user);

#endif

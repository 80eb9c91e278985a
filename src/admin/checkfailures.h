/*
 * onepopctl check's look at what stops guessing: does pam_faillock count, and
 * are wrong passwords known when they come again?
 */
#ifndef ONEPOP_CHECKFAILURES_H
#define ONEPOP_CHECKFAILURES_H

struct options;
struct report;

/*
 * tally is where pam_faillock counts in the service, "" where it does not.
 * It is made to count a failed login of the user nobody, which is taken back.
 */
void checkfailures_look(struct report *r, const struct options *o,
                        const char *tally);

#endif

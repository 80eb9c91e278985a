/* SPDX-License-Identifier: ISC */
/*
 * Checks the defence against guessing: whether pam_faillock counts, and
 * whether repeated wrong passwords are known again.
 */
#ifndef ONEPOP_CHECKFAILURES_H
#define ONEPOP_CHECKFAILURES_H

struct options;
struct report;

/*
 * tally is the directory that the service's pam_faillock counts in, "" where
 * the service has none.  It is made to count a failed login of the user nobody,
 * which is taken back.
 */
void checkfailures_counting(const struct report *r, const struct options *o,
                            const char *tally);

#endif

/*
 * onepopctl check's look at the PAM service: its file and those it includes,
 * read as PAM reads them.
 */
#ifndef ONEPOP_CHECKPAM_H
#define ONEPOP_CHECKPAM_H

#include <limits.h>

struct options;
struct report;

/* How pam_faillock counts in the service: its lines, and faillock.conf(5). */
struct checkpam_faillock {
	char dir[PATH_MAX]; /* the tallies; "" where the service has it not */
	unsigned int deny;  /* so many failures block; 0: none do */
	unsigned int interval, unlock; /* seconds; unlock may be 0: never */
};

/* Says what there is to say of the service, and of our module that asks it. */
void checkpam_service(struct report *r, const struct options *o,
                      struct checkpam_faillock *faillock);

#endif

/* SPDX-License-Identifier: ISC */
/* The PAM service: its file and those that it includes, as PAM reads them. */
#ifndef ONEPOP_CHECKPAM_H
#define ONEPOP_CHECKPAM_H

#include <limits.h>

struct options;
struct report;

/* How pam_faillock counts: from its lines, and from faillock.conf(5). */
struct checkpam_faillock {
	char dir[PATH_MAX]; /* the tallies; "" where it is not used */
	unsigned int deny;  /* this number of failures blocks; 0: none does */
	unsigned int interval, unlock; /* seconds; unlock may be 0: never */
};

/* Checks the service, and our module that asks PAM. */
void checkpam_service(const struct report *r, const struct options *o,
                      struct checkpam_faillock *faillock);

#endif

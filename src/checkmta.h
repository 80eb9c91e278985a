/*
 * How do the mail programs installed here lock a mailbox?  Each is asked
 * itself (postconf, exim, procmail, doveconf).
 */
#ifndef ONEPOP_CHECKMTA_H
#define ONEPOP_CHECKMTA_H

#include <stdbool.h>

struct checkmta {
	char program[32]; /* "postfix" */
	char locks[96];   /* its own words: "fcntl, dotlock" */
	bool fcntl;       /* does it take the lock onepop takes? */
	const char *mend; /* what to set where it does not */
};

#define CHECKMTA_MAX 8

/* Returns how many there are. */
int checkmta_find(struct checkmta found[static CHECKMTA_MAX]);

#endif

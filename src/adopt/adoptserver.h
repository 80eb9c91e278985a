/* SPDX-License-Identifier: ISC */
/*
 * The old server of one run of onepopctl adopt: how each user logs in there,
 * and when it is of no use to ask it for another one.
 */
#ifndef ONEPOP_ADOPTSERVER_H
#define ONEPOP_ADOPTSERVER_H

#include <stdbool.h>

#include "adopt/oldserver.h"
#include "adopt/passwords.h"

struct adoptreport;

struct adoptserver {
	const char *url;
	const char *form; /* of the name there, a pattern (pattern.h) */
	const char *file; /* with the passwords */
	bool useless;     /* it has been given up */
	unsigned int refused, let_in;
	struct passwords passwords;
};

/* Returns NULL, or what is wrong with these values in words. */
const char *adoptserver_problem(const char *url, const char *form);

/*
 * Reads the passwords and loads libcurl.  Warns if passwords may be overheard.
 * s has its first three members; it is wiped by adoptserver_end.  Returns NULL,
 * or the problem in words.
 */
const char *adoptserver_begin(struct adoptserver *s, struct adoptreport *r);
void adoptserver_end(struct adoptserver *s);

/*
 * Fills in how the user of that account logs in.  Returns NULL, or the problem
 * in words.
 */
const char *adoptserver_login(const struct adoptserver *s, const char *user,
                              struct oldserver_login *ret);

/*
 * Reports why a child of askids.h failed.  Its result is in fd; how is its exit
 * status, from ASKIDS_REFUSED on.
 */
void adoptserver_failed(struct adoptserver *s, struct adoptreport *r,
                        const char *user, int how, int fd);

/* Does so for a child that has asked. */
void adoptserver_asked(struct adoptserver *s, struct adoptreport *r,
                       const char *user, int fd);

#endif

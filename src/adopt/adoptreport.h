/* SPDX-License-Identifier: ISC */
/*
 * What onepopctl adopt prints: problems and progress on standard error, what
 * was done on standard output; and the numbers of the summary.
 */
#ifndef ONEPOP_ADOPTREPORT_H
#define ONEPOP_ADOPTREPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adopt/adoptjoin.h"
#include "base/deadline.h"

struct adoptmerge;

struct adoptreport {
	bool all;     /* for all users: it shows progress, and names only users
	                 of whom there is something to say */
	bool dry_run; /* nothing is written */
	bool listed;  /* the ids are those of an old server's list */

	/* What the summary says */
	uint64_t users, messages, added, kept, foreign;
	unsigned int problems, busy; /* users */
	struct adoptjoin_note notes[ADOPTJOIN_NOTES];

	/* Progress */
	size_t of, done; /* users */
	bool terminal, bar;
	deadline_t next;
};

void adoptreport_init(struct adoptreport *r, bool all, bool dry_run,
                      bool listed);

/* Prints a line about a user. */
void adoptreport_error(struct adoptreport *r, const char *user,
                       const char *text);

/* The same, and counts a problem; of errno, in which step failed. */
void adoptreport_problem(struct adoptreport *r, const char *user,
                         const char *problem);
void adoptreport_errno(struct adoptreport *r, const char *user,
                       const char *step);

/* Says that so many users follow, and that one is done. */
void adoptreport_begin(struct adoptreport *r, size_t users);
void adoptreport_step(struct adoptreport *r);

/* Counts what was done for a user, and says it. */
void adoptreport_user(struct adoptreport *r, const char *user,
                      const struct adoptjoin_result *result,
                      const struct adoptmerge *m);

/*
 * Warns that clients may know so many messages by onepop's ids, because onepop
 * has served the user's mailbox before.
 */
void adoptreport_served(struct adoptreport *r, const char *user,
                        uint32_t added);

void adoptreport_summary(struct adoptreport *r);

#endif

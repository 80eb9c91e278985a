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
	bool all;     /* for all users: it shows progress, and names a user only
	                 if there is something to say of the user */
	bool dry_run; /* nothing is written */
	bool listed;  /* the ids are those of an old server's list */
	bool compare; /* the ids are only compared */

	/* What the summary says */
	uint64_t users, messages, added, kept, foreign;
	uint64_t equal;              /* ids that were compared */
	unsigned int problems, busy; /* users */
	unsigned int unasked;        /* the same, of a server that was given up
	                              */
	struct adoptjoin_note notes[ADOPTJOIN_NOTES];

	/* Progress */
	size_t of, done; /* users */
	bool terminal, bar;
	deadline_t next;
};

/* Begins with the flags of r, which the caller has set. */
void adoptreport_init(struct adoptreport *r);

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

/* The same for ids that were compared; lines are those of adoptjoin.h. */
void adoptreport_compared(struct adoptreport *r, const char *user,
                          const struct adoptjoin_result *result, char *lines);

/* Returns whether all ids that were compared are equal. */
bool adoptreport_all_equal(const struct adoptreport *r);

void adoptreport_summary(struct adoptreport *r);

#endif

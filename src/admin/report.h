/* SPDX-License-Identifier: ISC */
/* The report of onepopctl check: prints a line for each thing, and counts. */
#ifndef ONEPOP_REPORT_H
#define ONEPOP_REPORT_H

#include <stdbool.h>

enum report_level {
	REPORT_OK,
	REPORT_UNSEEN, /* the user that runs the check may not look at it */
	REPORT_WARNING,
	REPORT_PROBLEM
};

struct report {
	unsigned int warnings, problems, unseen;
	bool ordinary; /* the user that runs the check is neither root nor the
	                  start user */
};

/*
 * Prints a line and counts it.  A line of a problem or a warning ends with
 * "; fix: " and the command or step that corrects it.  A text may have that
 * end for the other levels, too: REPORT_OK prints the line without it, and
 * REPORT_UNSEEN with the command for root.  Octets that are not printable
 * ASCII become question marks, since files and programs of others have names.
 */
void report_say(struct report *r, enum report_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Returns level, or REPORT_UNSEEN for an ordinary user: only the start user
 * and root may look at the thing, so nobody else can know that it is wrong.
 */
enum report_level report_private(const struct report *r,
                                 enum report_level level);

#endif

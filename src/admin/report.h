/* SPDX-License-Identifier: ISC */
/*
 * The lines of onepopctl check: a process that looks at something prints a
 * line for each thing, and findings.h, in another process, reads them.
 */
#ifndef ONEPOP_REPORT_H
#define ONEPOP_REPORT_H

#include <stdbool.h>

enum report_level {
	REPORT_OK,
	REPORT_UNSEEN, /* the user that runs the check may not look at it */
	REPORT_WARNING,
	REPORT_PROBLEM,
	REPORT_LEVELS,
	/*
	 * To be added to a level: only the start user and root may look at the
	 * thing.  To an ordinary user it is REPORT_UNSEEN, since nobody else
	 * can know that it is wrong.
	 */
	REPORT_PRIVATE = 8
};

/* The word of each level. */
extern const char *const report_words[REPORT_LEVELS];

#define REPORT_FIX    "; fix: "  /* before the command that corrects it */
#define REPORT_OCTETS (3 * 8192) /* of a line at most: over three paths */

struct report {
	bool ordinary; /* the user that runs the check is neither root nor the
	                  start user */
};

/*
 * Prints a line.  A line of a problem or a warning ends with REPORT_FIX and the
 * command or step that corrects it.  A text may have that end for the other
 * levels, too: REPORT_OK prints the line without it, and REPORT_UNSEEN with the
 * command for root.  Octets that are not printable ASCII become question
 * marks, since files and programs of others have names.
 */
void report_say(const struct report *r, int level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Reads a line that report_say printed, without its LF.  Returns its text, a
 * part of the line, and the level; or NULL if report_say prints no such line.
 */
const char *report_read(const char *line, enum report_level *level);

#endif

/* What onepopctl check says: a line for each thing, and how many were wrong. */
#ifndef ONEPOP_REPORT_H
#define ONEPOP_REPORT_H

#include <stdbool.h>

enum report_level {
	REPORT_OK,
	REPORT_UNSEEN, /* the user that checks may not look at it */
	REPORT_WARNING,
	REPORT_PROBLEM
};

struct report {
	unsigned int warnings, problems, unseen;
	bool ordinary; /* the user that checks is neither root nor the one
	                  that sessions start as */
};

/*
 * Prints a line, and counts it.  fix is the command that cures it, or what to
 * do; it is NULL, or not printed, where nothing is wrong.  Only printable
 * ASCII gets out, since names of files and programs are others' to choose.
 */
void report_say(struct report *r, enum report_level level, const char *fix,
                const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * A fix that is a command and the file it is for.  Stays until the next call:
 * for the report that comes at once.
 */
const char *report_command(const char *command, const char *file);

/*
 * The level of a thing that only the start user or root may look at: an
 * ordinary user cannot know that it is wrong.
 */
enum report_level report_private(const struct report *r,
                                 enum report_level level);

#endif

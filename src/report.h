/* What --check says: a line for each thing, and how many were wrong. */
#ifndef ONEPOP_REPORT_H
#define ONEPOP_REPORT_H

enum report_level { REPORT_OK, REPORT_WARNING, REPORT_PROBLEM };

struct report {
	unsigned int warnings, problems;
};

/*
 * Prints a line, and counts it.  mend says what to do about it; NULL, or not
 * printed, where nothing is wrong.
 */
void report_say(struct report *r, enum report_level level, const char *mend,
                const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif

/* SPDX-License-Identifier: ISC */
/*
 * What onepopctl check has found: takes the lines of report.h from another
 * process, which the user of a mailbox may have taken over, and prints them.
 *
 * People read first what is well, as it is found; then the problems and then
 * the warnings, in the order in which they should be corrected; and last a line
 * with the sums.  Programs read one JSON document, in the same order:
 *
 *	{"findings": [{"level": "problem", "text": "...", "fix": "..."}, ...],
 *	 "problems": 1, "warnings": 0, "unseen": 0}
 */
#ifndef ONEPOP_FINDINGS_H
#define ONEPOP_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "admin/report.h"

#define FINDINGS_MOST 10000 /* lines that are taken */

struct findings {
	bool json;
	unsigned int counts[REPORT_LEVELS];

	/* Its own */
	unsigned int printed, taken;
	char *kept[REPORT_LEVELS]; /* lines, to be printed at the end */
	size_t kept_n[REPORT_LEVELS];
	size_t line_n;
	char line[REPORT_OCTETS];
};

/* Begins to print. */
void findings_begin(struct findings *f, bool json);

/* Takes the next n octets of the lines, which may be cut anywhere. */
void findings_feed(struct findings *f, const char *p, size_t n);

/* Adds a finding of this process. */
void findings_add(struct findings *f, enum report_level level,
                  const char *problem, const char *fix);

/* Prints what is left, and the sums.  Returns the number of problems. */
unsigned int findings_end(struct findings *f);

#endif

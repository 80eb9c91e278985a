/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "admin/report.h"

#define LINE_OCTETS (3 * 8192) /* more than three paths */

void report_say(struct report *r, enum report_level level, const char *fmt, ...)
{
	static const char *const words[] = {"ok", "unseen", "warning",
	                                    "problem"};
	static char text[LINE_OCTETS];
	char *fix, *p;
	va_list args;

	r->unseen += level == REPORT_UNSEEN;
	r->warnings += level == REPORT_WARNING;
	r->problems += level == REPORT_PROBLEM;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fix = strstr(text, "; fix: ");
	if (fix && level <= REPORT_UNSEEN)
		*fix = '\0';
	for (p = text; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	(void)printf("%-7s %s%s\n", words[level], text,
	             level == REPORT_UNSEEN ? "; fix: onepopctl check, as root"
	                                    : "");
}

enum report_level report_private(const struct report *r,
                                 enum report_level level)
{
	return r->ordinary ? REPORT_UNSEEN : level;
}

#include <stdarg.h>
#include <stdio.h>

#include "admin/report.h"

#define LONGEST 8192 /* of a line: longer than two paths */

static void put(const char *text)
{
	for (; *text; text++)
		(void)putchar(*text >= ' ' && *text <= '~' ? *text : '?');
}

void report_say(struct report *r, enum report_level level, const char *fix,
                const char *fmt, ...)
{
	static const char *const words[] = {"ok", "unseen", "warning",
	                                    "problem"};
	char text[LONGEST];
	va_list args;

	r->unseen += level == REPORT_UNSEEN;
	r->warnings += level == REPORT_WARNING;
	r->problems += level == REPORT_PROBLEM;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	(void)printf("%-7s ", words[level]);
	put(text);
	if (fix && level != REPORT_OK) {
		(void)printf("; fix: ");
		put(level == REPORT_UNSEEN ? "onepopctl check, as root" : fix);
	}
	(void)putchar('\n');
}

const char *report_command(const char *command, const char *file)
{
	static char fix[LONGEST];

	(void)snprintf(fix, sizeof(fix), "%s %s", command, file);
	return fix;
}

enum report_level report_private(const struct report *r,
                                 enum report_level level)
{
	return r->ordinary ? REPORT_UNSEEN : level;
}

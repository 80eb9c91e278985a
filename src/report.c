#include <stdarg.h>
#include <stdio.h>

#include "report.h"

void report_say(struct report *r, enum report_level level, const char *mend,
                const char *fmt, ...)
{
	static const char *const words[] = {"ok     ", "warning", "problem"};
	va_list args;

	r->warnings += level == REPORT_WARNING;
	r->problems += level == REPORT_PROBLEM;
	(void)printf("%s ", words[level]);
	va_start(args, fmt);
	(void)vprintf(fmt, args);
	va_end(args);
	if (mend && level != REPORT_OK)
		(void)printf("; mend: %s", mend);
	(void)putchar('\n');
}

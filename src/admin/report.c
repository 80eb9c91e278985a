/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "admin/report.h"

#include "admin/asciitext.h"

#define WORD 8 /* octets before the text */

const char *const report_words[REPORT_LEVELS] = {"ok", "unseen", "warning",
                                                 "problem"};

void report_say(const struct report *r, int level, const char *fmt, ...)
{
	static char text[REPORT_OCTETS - WORD - 64];
	char *fix;
	va_list args;

	if (level & REPORT_PRIVATE)
		level = r->ordinary ? REPORT_UNSEEN : level - REPORT_PRIVATE;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fix = strstr(text, REPORT_FIX);
	if (fix && level <= REPORT_UNSEEN)
		*fix = '\0';
	asciitext_clean(text, sizeof(text));
	(void)printf("%-7s %s%s\n", report_words[level], text,
	             level == REPORT_UNSEEN ? REPORT_FIX
	                     "onepopctl check, as root"
	                                    : "");
}

const char *report_read(const char *line, enum report_level *level)
{
	char word[WORD + 1];
	const char *p;
	int i;

	for (p = line; *p >= ' ' && *p <= '~'; p++)
		;
	for (i = 0; !*p && i < REPORT_LEVELS; i++) {
		(void)snprintf(word, sizeof(word), "%-7s ", report_words[i]);
		if (strncmp(line, word, WORD) == 0) {
			*level = (enum report_level)i;
			return line + WORD;
		}
	}
	return NULL;
}

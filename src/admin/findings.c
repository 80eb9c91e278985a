/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/findings.h"

#include "admin/json.h"

static void print_json(struct findings *f, enum report_level level,
                       const char *text)
{
	const char *fix = strstr(text, REPORT_FIX);
	const size_t n = fix ? (size_t)(fix - text) : strlen(text);

	(void)printf("%s\n{\"level\": \"%s\", ", f->printed > 0 ? "," : "",
	             report_words[level]);
	json_print("text", text, n);
	if (fix) {
		(void)printf(", ");
		fix += strlen(REPORT_FIX);
		json_print("fix", fix, strlen(fix));
	}
	(void)printf("}");
}

static void print_finding(struct findings *f, enum report_level level,
                          const char *text)
{
	if (f->json)
		print_json(f, level, text);
	else
		(void)printf("%-7s %s\n", report_words[level], text);
	f->printed++;
}

/* Keeps a text for the end; without memory it is printed now. */
static void keep_finding(struct findings *f, enum report_level level,
                         const char *text)
{
	const size_t n = strlen(text) + 1;
	char *more = realloc(f->kept[level], f->kept_n[level] + n);

	if (!more) {
		print_finding(f, level, text);
		return;
	}
	memcpy(more + f->kept_n[level], text, n);
	f->kept[level] = more;
	f->kept_n[level] += n;
}

static void take_finding(struct findings *f, enum report_level level,
                         const char *text)
{
	f->counts[level]++;
	if (level >= REPORT_WARNING)
		keep_finding(f, level, text);
	else
		print_finding(f, level, text);
	(void)fflush(stdout);
}

static void take_line(struct findings *f)
{
	enum report_level level;
	const char *text;

	f->line[f->line_n] = '\0';
	f->line_n = 0;
	if (++f->taken > FINDINGS_MOST)
		return;
	text = report_read(f->line, &level);
	if (f->taken == FINDINGS_MOST)
		findings_add(f, REPORT_PROBLEM,
		             "there is more than can be shown",
		             "correct what is shown, and check again");
	else if (text)
		take_finding(f, level, text);
	else
		findings_add(f, REPORT_PROBLEM,
		             "a part of the check printed nonsense",
		             "see whether its user has a hand in it; if not, "
		             "report a bug");
}

void findings_begin(struct findings *f, bool json)
{
	memset(f, 0, sizeof(*f));
	f->json = json;
	if (json)
		(void)printf("{\"findings\": [");
}

void findings_feed(struct findings *f, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] == '\n')
			take_line(f);
		else if (f->line_n < sizeof(f->line) - 1)
			f->line[f->line_n++] = p[i];
}

void findings_add(struct findings *f, enum report_level level,
                  const char *problem, const char *fix)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), "%s" REPORT_FIX "%s", problem, fix);
	take_finding(f, level, text);
}

static void print_kept(struct findings *f, enum report_level level)
{
	const char *text = f->kept[level];
	const char *end = text + f->kept_n[level];

	for (; text && text < end; text += strlen(text) + 1)
		print_finding(f, level, text);
	free(f->kept[level]);
	f->kept[level] = NULL;
}

static void print_sums(const struct findings *f)
{
	const unsigned int wrong =
		f->counts[REPORT_PROBLEM] + f->counts[REPORT_WARNING];

	(void)printf("problems: %u, warnings: %u", f->counts[REPORT_PROBLEM],
	             f->counts[REPORT_WARNING]);
	if (f->counts[REPORT_UNSEEN] > 0)
		(void)printf(", unseen: %u", f->counts[REPORT_UNSEEN]);
	(void)printf("%s\n", wrong > 0 ? "; correct them in the order of the "
	                                 "lines above, then check again"
	                               : "");
}

unsigned int findings_end(struct findings *f)
{
	if (f->line_n > 0)
		take_line(f);
	print_kept(f, REPORT_PROBLEM);
	print_kept(f, REPORT_WARNING);
	if (f->json)
		(void)printf("\n], \"problems\": %u, \"warnings\": %u, "
		             "\"unseen\": %u}\n",
		             f->counts[REPORT_PROBLEM],
		             f->counts[REPORT_WARNING],
		             f->counts[REPORT_UNSEEN]);
	else
		print_sums(f);
	(void)fflush(stdout);
	return f->counts[REPORT_PROBLEM];
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "adopt/adoptreport.h"

#include "adopt/adoptmerge.h"

#define LINE_TIME 60 /* seconds between two lines of progress */
#define BAR       30 /* characters */
#define PROBLEM   (PATH_MAX + 512)

#define FOREIGN                                                                \
	" more messages were only the old server's: it split the mailbox in "  \
	"another way"
#define FOREIGN_LISTED " ids of the old server's list belong to no message here"

void adoptreport_init(struct adoptreport *r)
{
	r->terminal = isatty(STDERR_FILENO);
	r->next = deadline_in(LINE_TIME);
}

/* Takes the bar away, so that a line can be printed. */
static void clear_bar(struct adoptreport *r)
{
	if (r->bar)
		(void)fputs("\r\033[K", stderr);
	r->bar = false;
}

void adoptreport_error(struct adoptreport *r, const char *user,
                       const char *text)
{
	clear_bar(r);
	(void)fflush(stdout);
	(void)fprintf(stderr, "onepopctl: %s: %s\n", user, text);
}

void adoptreport_problem(struct adoptreport *r, const char *user,
                         const char *problem)
{
	adoptreport_error(r, user, problem);
	r->problems++;
}

void adoptreport_errno(struct adoptreport *r, const char *user,
                       const char *step)
{
	char problem[PROBLEM];

	(void)snprintf(problem, sizeof(problem), "%s: %s", step,
	               strerrordesc_np(errno));
	adoptreport_problem(r, user, problem);
}

/* Shows how far --all is: on a terminal at once, else once a minute. */
static void print_progress(struct adoptreport *r)
{
	const size_t n = r->of ? r->done * BAR / r->of : 0;

	if (!r->all || r->of == 0)
		return;
	if (r->terminal) {
		(void)fprintf(stderr, "\r[%.*s%.*s] %zu of %zu users\033[K",
		              (int)n, "##############################",
		              (int)(BAR - n), "..............................",
		              r->done, r->of);
		r->bar = true;
	} else if (deadline_left(r->next) == 0) {
		(void)fprintf(stderr, "onepopctl: %zu of %zu users\n", r->done,
		              r->of);
		r->next = deadline_in(LINE_TIME);
	}
}

static void print_foreign(const struct adoptreport *r, uint64_t foreign)
{
	if (foreign > 0)
		(void)printf("  %" PRIu64 "%s\n", foreign,
		             r->listed ? FOREIGN_LISTED : FOREIGN);
}

static void print_note(const struct adoptjoin_note *n)
{
	(void)printf("  %" PRIu32 " without an old id: %s\n", n->messages,
	             n->reason);
}

void adoptreport_served(struct adoptreport *r, const char *user, uint32_t added)
{
	char text[PROBLEM];

	(void)snprintf(text, sizeof(text),
	               "warning: onepop has served this mailbox before: "
	               "clients that have logged in since know %" PRIu32
	               " messages by onepop's ids, and will download them "
	               "once more; those that have not will download none",
	               added);
	adoptreport_error(r, user, text);
}

/* Says what was done for a user: always if the user was named. */
static void print_user(struct adoptreport *r, const char *user,
                       const struct adoptjoin_result *result,
                       const struct adoptmerge *m)
{
	const struct adoptjoin_note *n;
	bool odd = result->guess[0] || result->foreign > 0;

	for (n = result->notes; n < result->notes + ADOPTJOIN_NOTES; n++)
		odd = odd || n->messages > 0;
	if (r->all && !odd)
		return;
	clear_bar(r);
	(void)printf("%s: %" PRIu32 " messages, %" PRIu32
	             " ids adopted, %" PRIu32 " before\n",
	             user, result->messages, m->added, m->kept);
	if (result->guess[0])
		(void)printf("  format %s: %s\n", result->format,
		             result->guess);
	print_foreign(r, result->foreign);
	for (n = result->notes; n < result->notes + ADOPTJOIN_NOTES; n++)
		if (n->messages > 0)
			print_note(n);
}

static void count_user(struct adoptreport *r,
                       const struct adoptjoin_result *result,
                       const struct adoptmerge *m)
{
	const struct adoptjoin_note *n;

	r->users++;
	r->messages += result->messages;
	r->added += m->added;
	r->kept += m->kept;
	r->foreign += result->foreign;
	for (n = result->notes; n < result->notes + ADOPTJOIN_NOTES; n++)
		if (n->messages > 0)
			adoptjoin_count_note(r->notes, n->reason, n->messages);
}

void adoptreport_user(struct adoptreport *r, const char *user,
                      const struct adoptjoin_result *result,
                      const struct adoptmerge *m)
{
	print_user(r, user, result, m);
	count_user(r, result, m);
}

void adoptreport_begin(struct adoptreport *r, size_t users)
{
	r->of = users;
	r->done = 0;
}

void adoptreport_step(struct adoptreport *r)
{
	r->done++;
	print_progress(r);
}

/* Prints a message whose ids differ: a line, without its LF. */
static void print_difference(char *line)
{
	char *ours = strchr(line, '\t'), *theirs;

	theirs = ours ? strchr(ours + 1, '\t') : NULL;
	if (!theirs)
		return;
	*ours++ = *theirs++ = '\0';
	if (*theirs)
		(void)printf("  message %s: onepop says %s, the server %s\n",
		             line, ours, theirs);
	else
		(void)printf("  message %s: onepop says %s, the server has no "
		             "message that is surely the same\n",
		             line, ours);
}

void adoptreport_compared(struct adoptreport *r, const char *user,
                          const struct adoptjoin_result *result, char *lines)
{
	const uint32_t others = result->messages - result->equal;
	char *line;

	clear_bar(r);
	if (!r->all || others > 0 || result->foreign > 0)
		(void)printf("%s: %" PRIu32 " messages, %" PRIu32
		             " ids equal\n",
		             user, result->messages, result->equal);
	while ((line = strsep(&lines, "\n")))
		print_difference(line);
	if (others > ADOPTJOIN_DIFFERENCES)
		(void)printf("  and %" PRIu32 " more messages\n",
		             others - ADOPTJOIN_DIFFERENCES);
	print_foreign(r, result->foreign);
	r->users++;
	r->messages += result->messages;
	r->equal += result->equal;
	r->foreign += result->foreign;
}

bool adoptreport_all_equal(const struct adoptreport *r)
{
	return r->equal == r->messages && r->foreign == 0;
}

static void print_compared(struct adoptreport *r)
{
	(void)printf("%" PRIu64 " users, %" PRIu64 " messages: %" PRIu64
	             " ids equal, %" PRIu64 " not\n",
	             r->users, r->messages, r->equal, r->messages - r->equal);
}

static void print_adopted(struct adoptreport *r)
{
	const struct adoptjoin_note *n;

	(void)printf("%s%" PRIu64 " users, %" PRIu64 " messages: %" PRIu64
	             " ids %sadopted, %" PRIu64 " before",
	             r->dry_run ? "dry run: " : "", r->users, r->messages,
	             r->added, r->dry_run ? "would be " : "", r->kept);
	(void)printf(", %" PRIu64 " without an old id\n",
	             r->messages - r->added - r->kept);
	for (n = r->notes; n < r->notes + ADOPTJOIN_NOTES; n++)
		if (n->messages > 0)
			print_note(n);
}

void adoptreport_summary(struct adoptreport *r)
{
	clear_bar(r);
	if (r->compare)
		print_compared(r);
	else
		print_adopted(r);
	print_foreign(r, r->foreign);
	if (r->problems + r->busy > 0)
		(void)printf("%u users with a problem, %u in use: see the "
		             "lines above\n",
		             r->problems, r->busy);
	if (r->unasked > 0)
		(void)printf("%u users whom the server was not asked for: run "
		             "this once more when it answers\n",
		             r->unasked);
	(void)fflush(stdout);
}

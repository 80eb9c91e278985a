/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "usage/usage.h"

#include "admin/since.h"
#include "base/deadline.h"
#include "base/filetime.h"
#include "base/log.h"
#include "base/module.h"
#include "base/watchdog.h"
#include "usage/logline.h"
#include "usage/sdjournal.h"
#include "usage/sums.h"
#include "usage/sumsprint.h"
#include "usage/syslogline.h"
#include "usage/trusted.h"

#define READ_TIME 55 /* seconds */
#define ALL_TIME  60 /* also where a name service does not answer */
#define DEFAULT   "7d"
#define SOME      1024 /* lines between two looks at the clock */

/* What usage_begin has opened. */
static struct {
	FILE *file;
	const struct sdjournal_module *journal;
	char problem[512]; /* or empty */
} source;

struct run {
	const struct usage *usage;
	struct sumsprint print;
	struct sums sums;
	struct trusted trusted;
	deadline_t until;
	unsigned int lines;
};

static int64_t get_present(void)
{
	return filetime_now() / 1000000000;
}

static const char *read_since(const struct usage *u, int64_t *ret)
{
	return since_read(u->since ? u->since : DEFAULT, get_present(), ret);
}

const char *usage_problem(const struct usage *u)
{
	int64_t since;

	return read_since(u, &since);
}

static void set_problem(const char *name, const char *what, const char *fix)
{
	(void)snprintf(source.problem, sizeof(source.problem),
	               "%.256s: %.128s; fix: %s", name, what, fix);
}

static void open_journal_module(void)
{
	const char *problem = NULL;

	source.journal =
		module_symbol(SDJOURNAL_MODULE, SDJOURNAL_SYMBOL, &problem);
	if (!source.journal)
		set_problem("the journal", problem,
		            "install libsystemd, or name a file of syslog "
		            "lines with --file");
	else if (source.journal->open() < 0)
		set_problem("the journal",
		            errno == ENOENT ? "there is none that this user "
		                              "may read"
		                            : strerror(errno),
		            "run this as root, or name a file of syslog lines "
		            "with --file");
}

void usage_begin(const struct usage *u)
{
	if (!u->file) {
		open_journal_module();
		return;
	}
	source.file = fopen(u->file, "re");
	if (!source.file)
		set_problem(u->file, strerror(errno),
		            "name a file that can be read");
}

/* Is there time for another line? */
static bool has_time(struct run *r)
{
	if (++r->lines % SOME != 0 || deadline_left(r->until) > 0)
		return true;
	r->print.stopped = "a minute was not enough; fix: a later --since";
	return false;
}

/* The newest entries first: if the time is up, only old ones are missing. */
static void read_journal(struct run *r)
{
	struct sdjournal_entry e;
	struct logline l;
	int more;

	while ((more = source.journal->read_older(&e)) > 0 &&
	       e.time >= r->print.since) {
		if (!has_time(r)) {
			r->print.since = e.time;
			break;
		}
		if (!logline_read(&l, e.message) ||
		    !sums_take(&l, r->usage->user))
			continue;
		if (trusted_line(&r->trusted, &l, e.uid))
			sums_add(&r->sums, &l, e.time);
		else
			r->print.untrusted++;
	}
	if (more < 0)
		r->print.stopped = "the journal is damaged; fix: see "
				   "journalctl --verify";
}

/* Reads a line, and leaves out what has no room.  Returns false at the end. */
static bool read_line(FILE *f, char line[static LOGLINE_OCTETS])
{
	size_t n = 0;
	int c;

	while ((c = getc_unlocked(f)) != EOF && c != '\n')
		if (n < LOGLINE_OCTETS - 1)
			line[n++] = (char)(c ? c : '?');
	line[n] = '\0';
	return n > 0 || c != EOF;
}

static void read_file(struct run *r)
{
	char line[LOGLINE_OCTETS], *message;
	struct logline l;
	int64_t time;

	while (has_time(r) && read_line(source.file, line)) {
		message = syslogline_read(line, r->print.until, &time);
		if (message && time >= r->print.since &&
		    logline_read(&l, message) && sums_take(&l, r->usage->user))
			sums_add(&r->sums, &l, time);
	}
	if (ferror(source.file))
		r->print.stopped = "the file cannot be read to its end";
}

/* Returns NULL, or the problem in words. */
static const char *read_source(struct run *r, const struct options *o)
{
	const char *problem = NULL;

	log_keep_error(LOG_SETUP_ERROR,
	               "report: a name service or file did not answer in time; "
	               "fix: see that getent passwd answers");
	if (watchdog_start(ALL_TIME) < 0)
		return strerror(errno);
	if (source.file)
		read_file(r);
	else
		problem = trusted_find(&r->trusted, o);
	if (!problem && !source.file)
		read_journal(r);
	watchdog_stop();
	return problem;
}

static int fail_reading(const char *problem)
{
	(void)fprintf(stderr, "onepopctl: %s\n", problem);
	return EX_NOINPUT;
}

int usage_run(const struct options *o, const struct usage *u)
{
	static struct run run;
	const char *problem;

	run = (struct run){.usage = u, .until = deadline_in(READ_TIME)};
	if (source.problem[0])
		return fail_reading(source.problem);
	run.print.until = get_present();
	problem = read_since(u, &run.print.since);
	if (!problem)
		problem = read_source(&run, o);
	if (problem)
		return fail_reading(problem);
	if (u->json)
		sumsprint_json(&run.print, &run.sums);
	else
		sumsprint_text(&run.print, &run.sums);
	sums_free(&run.sums);
	return run.print.stopped ? 1 : 0;
}

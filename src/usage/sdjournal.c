/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-journal.h>

#include "usage/sdjournal.h"

static sd_journal *journal;

static int tell_error(int error)
{
	errno = error;
	return -1;
}

static int go_to_end(void)
{
	int r;

	r = sd_journal_add_match(journal, "SYSLOG_IDENTIFIER=onepop", 0);
	/* What is longer is cut, and no line of ours. */
	if (r >= 0)
		r = sd_journal_set_data_threshold(journal,
		                                  (size_t)2 * LOGLINE_OCTETS);
	return r < 0 ? r : sd_journal_seek_tail(journal);
}

/* Not SD_JOURNAL_SYSTEM: after login a session's lines are its user's. */
static int open_files(void)
{
	int r;

	r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY);
	if (r < 0)
		return tell_error(-r);
	if (sd_journal_has_persistent_files(journal) <= 0 &&
	    sd_journal_has_runtime_files(journal) <= 0)
		return tell_error(ENOENT);
	r = go_to_end();
	return r < 0 ? tell_error(-r) : 0;
}

/* Copies the field's text behind its "NAME=", and a NUL. */
static bool copy_field(const char *name, char *to, size_t size)
{
	const size_t start = strlen(name) + 1;
	const void *data;
	size_t n;

	if (sd_journal_get_data(journal, name, &data, &n) < 0 || n < start ||
	    n - start >= size)
		return false;
	n -= start;
	memcpy(to, (const char *)data + start, n);
	to[n] = '\0';
	return strlen(to) == n;
}

static int read_older(struct sdjournal_entry *e)
{
	char uid[16];
	uint64_t time;
	int r;

	r = sd_journal_previous(journal);
	if (r > 0 && sd_journal_get_realtime_usec(journal, &time) < 0)
		time = 0;
	if (r <= 0)
		return r < 0 ? tell_error(-r) : 0;
	e->time = (int64_t)(time / 1000000);
	if (!copy_field("_UID", uid, sizeof(uid)) ||
	    !copy_field("MESSAGE", e->message, sizeof(e->message))) {
		e->message[0] = '\0';
		return 1;
	}
	e->uid = (uid_t)strtoul(uid, NULL, 10);
	return 1;
}

const struct sdjournal_module sdjournal_module = {
	.open = open_files,
	.read_older = read_older,
};

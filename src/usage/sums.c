/* SPDX-License-Identifier: ISC */
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "usage/sums.h"

#define COPY(to, from) (void)snprintf(to, sizeof(to), "%s", from)

static int compare_rows(const void *one, const void *other)
{
	const struct sums_row *a = one, *b = other;
	const int order = strcmp(a->who, b->who);

	return order ? order : strcmp(a->reason, b->reason);
}

/* A tree, since strangers choose the names: it never degenerates. */
static struct sums_row *add_sum(struct sums_table *t,
                                const struct sums_row *key)
{
	struct sums_row *row = malloc(sizeof(*row));

	if (!row)
		return NULL;
	*row = *key;
	if (!tsearch(row, &t->tree, compare_rows)) {
		free(row);
		return NULL;
	}
	t->rows[t->n++] = row;
	return row;
}

/* Returns the row, a new one if need be; or NULL if there are too many. */
static struct sums_row *find_sum(struct sums_table *t, const char *who,
                                 const char *reason)
{
	struct sums_row key = {.count = 0}, *row = NULL;
	struct sums_row *const *found;

	COPY(key.who, who);
	COPY(key.reason, reason);
	found = tfind(&key, &t->tree, compare_rows);
	if (found)
		return *found;
	if (t->n < SUMS_ROWS)
		row = add_sum(t, &key);
	if (!row)
		t->others++;
	return row;
}

static void count_event(struct sums_table *t, const char *who,
                        const struct logline *l, int64_t time)
{
	struct sums_row *row = find_sum(t, who, logline_value(l, "reason"));

	if (!row)
		return;
	row->count++;
	row->last = time > row->last ? time : row->last;
}

static void count_hour(uint64_t hours[static SUMS_HOURS], int64_t time)
{
	const time_t t = time;
	struct tm tm;

	if (localtime_r(&t, &tm))
		hours[tm.tm_hour]++;
}

static void add_login(struct sums *s, const struct logline *l, int64_t time)
{
	struct sums_row *row = find_sum(&s->users, logline_account(l), "");

	count_hour(s->logins, time);
	if (!row)
		return;
	row->count++;
	if (time < row->last)
		return;
	row->last = time;
	COPY(row->address, logline_value(l, "rip"));
	COPY(row->tls, logline_value(l, "tls"));
}

/* Reads MESSAGES/OCTETS. */
static bool read_counts(const char *text, uint64_t *messages, uint64_t *octets)
{
	const size_t n = strspn(text, "0123456789");
	const char *rest = text + n + 1;

	if (n == 0 || text[n] != '/' || !*rest ||
	    rest[strspn(rest, "0123456789")])
		return false;
	*messages = strtoull(text, NULL, 10);
	*octets = strtoull(rest, NULL, 10);
	return true;
}

static void add_end(struct sums *s, const struct logline *l, int64_t time)
{
	struct sums_row *row = find_sum(&s->users, logline_account(l), "");
	uint64_t messages, octets;

	if (row && read_counts(logline_value(l, "retr"), &messages, &octets)) {
		row->messages += messages;
		row->octets += octets;
	}
	if (strcmp(logline_value(l, "reason"), "quit") != 0)
		count_event(&s->ends, logline_account(l), l, time);
}

static void add_failure(struct sums *s, const struct logline *l, int64_t time)
{
	count_hour(s->failed, time);
	count_event(&s->failures, logline_value(l, "rip"), l, time);
}

/* Recovery finds mailboxes, not users. */
static void add_error(struct sums *s, const struct logline *l, int64_t time)
{
	const char *who = logline_account(l);

	count_event(&s->errors, *who ? who : "-", l, time);
}

static const struct {
	const char *event;
	void (*add)(struct sums *s, const struct logline *l, int64_t time);
} events[] = {
	{"login ok", add_login},      {"login failed", add_failure},
	{"session end", add_end},     {"session refused", add_failure},
	{"mailbox error", add_error},
};

#define EVENTS (sizeof(events) / sizeof(events[0]))

/* Returns EVENTS for what is not added up. */
static size_t find_event(const struct logline *l)
{
	size_t i = 0;

	while (i < EVENTS && strcmp(l->event, events[i].event) != 0)
		i++;
	return i;
}

bool sums_take(const struct logline *l, const char *only)
{
	if (find_event(l) == EVENTS)
		return false;
	return !only || strcmp(logline_value(l, "user"), only) == 0 ||
	       strcmp(logline_value(l, "account"), only) == 0;
}

void sums_add(struct sums *s, const struct logline *l, int64_t time)
{
	events[find_event(l)].add(s, l, time);
	s->lines++;
}

static void free_table(struct sums_table *t)
{
	while (t->n > 0) {
		(void)tdelete(t->rows[--t->n], &t->tree, compare_rows);
		free(t->rows[t->n]);
	}
}

void sums_free(struct sums *s)
{
	free_table(&s->users);
	free_table(&s->failures);
	free_table(&s->ends);
	free_table(&s->errors);
}

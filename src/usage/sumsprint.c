/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "usage/sumsprint.h"

#include "admin/json.h"
#include "admin/since.h"

#define BAR       54 /* columns of the longest bar */
#define ADDRESSES 15 /* columns behind the others of a user's row */

/* What a table is called. */
struct heading {
	const char *title; /* for people */
	const char *who;   /* what the rows are of */
	const char *name;  /* for programs */
};

static const struct heading headings[] = {
	{"Failures", "address", "failures"},
	{"Sessions without QUIT", "user", "ends"},
	{"Mailbox errors", "user", "mailbox_errors"},
};

static const struct sums_table *tables_of(const struct sums *s, size_t i)
{
	const struct sums_table *const tables[] = {&s->failures, &s->ends,
	                                           &s->errors};

	return tables[i];
}

static int order(int64_t one, int64_t other)
{
	return (one < other) - (one > other);
}

static const struct sums_row *row_at(const void *p)
{
	return *(struct sums_row *const *)p;
}

static int compare_last(const void *one, const void *other)
{
	const struct sums_row *a = row_at(one), *b = row_at(other);
	const int by = order(a->last, b->last);

	return by ? by : strcmp(a->who, b->who);
}

static int compare_count(const void *one, const void *other)
{
	const struct sums_row *a = row_at(one), *b = row_at(other);
	const int by = order((int64_t)a->count, (int64_t)b->count);

	return by ? by : compare_last(one, other);
}

static void sort_rows(struct sums *s)
{
	struct sums_table *const by_count[] = {&s->failures, &s->ends,
	                                       &s->errors};
	size_t i;

	qsort(s->users.rows, s->users.n, sizeof(struct sums_row *),
	      compare_last);
	for (i = 0; i < sizeof(by_count) / sizeof(by_count[0]); i++)
		qsort(by_count[i]->rows, by_count[i]->n,
		      sizeof(struct sums_row *), compare_count);
}

/* To the minute; "-" where there is none. */
static void write_minute(int64_t time, char to[static SINCE_TEXT])
{
	(void)snprintf(to, SINCE_TEXT, "-");
	if (time == 0)
		return;
	since_write(time, to);
	if (strlen(to) > 16)
		to[16] = '\0';
}

/* In at most five columns. */
static void write_size(uint64_t n, char to[static 8])
{
	static const char units[] = " KMGTPE";
	size_t i = 0;

	for (; n >= 10000; n /= 1024)
		i++;
	(void)snprintf(to, 8, i ? "%u%c" : "%u", (unsigned int)n, units[i]);
}

static void print_others(const struct sums_table *t)
{
	if (t->others > 0)
		(void)printf("(and %" PRIu64 " lines of others, which are more "
		             "than %d)\n",
		             t->others, SUMS_ROWS);
}

static void print_user(const struct sums_row *row)
{
	char last[SINCE_TEXT], size[8];

	write_minute(row->last, last);
	write_size(row->octets, size);
	(void)printf("%-14.14s %-16s %6" PRIu64 " %8" PRIu64 " %5s %-9.10s",
	             row->who, last, row->count, row->messages, size, row->tls);
	if (strlen(row->address) > ADDRESSES)
		(void)printf("\n%40s%s\n", "", row->address);
	else
		(void)printf(" %s\n", row->address);
}

static void print_users(const struct sums_table *t)
{
	size_t i;

	(void)printf("\n%-14s %-16s %6s %8s %5s %-9s %s\n", "User",
	             "Last login", "Logins", "Messages", "Size", "TLS",
	             "Address");
	for (i = 0; i < t->n; i++)
		print_user(t->rows[i]);
	print_others(t);
}

static void print_table(const struct heading *h, const struct sums_table *t)
{
	char last[SINCE_TEXT];
	size_t i;

	if (t->n == 0)
		return;
	(void)printf("\n%s\n", h->title);
	for (i = 0; i < t->n; i++) {
		const struct sums_row *row = t->rows[i];

		write_minute(row->last, last);
		(void)printf("%8" PRIu64 "  %-16s  %-39.39s", row->count, last,
		             row->who);
		/* The reason of a mailbox error is a sentence. */
		(void)printf(strlen(row->reason) > 11 ? "\n%10s%-.70s\n"
		                                      : "%2s%s\n",
		             "", row->reason);
	}
	print_others(t);
}

static void print_bar(uint64_t n, uint64_t most, char c)
{
	uint64_t i = n > 0 && most > BAR ? (n * BAR + most - 1) / most : n;

	while (i-- > 0)
		(void)putchar(c);
}

static void print_hours(const struct sums *s)
{
	uint64_t most = 0;
	size_t i;

	for (i = 0; i < SUMS_HOURS; i++)
		if (s->logins[i] + s->failed[i] > most)
			most = s->logins[i] + s->failed[i];
	if (most == 0)
		return;
	(void)printf("\nHour   Logins Failures\n");
	for (i = 0; i < SUMS_HOURS; i++) {
		(void)printf("%02zu   %8" PRIu64 " %8" PRIu64 "%s", i,
		             s->logins[i], s->failed[i],
		             s->logins[i] + s->failed[i] > 0 ? "  " : "");
		print_bar(s->logins[i], most, '=');
		print_bar(s->failed[i], most, '!');
		(void)printf("\n");
	}
}

void sumsprint_text(const struct sumsprint *p, struct sums *s)
{
	char since[SINCE_TEXT], until[SINCE_TEXT];
	size_t i;

	sort_rows(s);
	since_write(p->since, since);
	since_write(p->until, until);
	(void)printf("%s to %s: %" PRIu64 " lines\n", since, until, s->lines);
	if (p->untrusted > 0)
		(void)printf("%" PRIu64 " lines are left out: another user "
		             "sent them\n",
		             p->untrusted);
	print_users(&s->users);
	for (i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
		print_table(&headings[i], tables_of(s, i));
	print_hours(s);
	if (p->stopped)
		(void)printf("\nNot all was read: %s\n", p->stopped);
}

static void print_string(const char *name, const char *text)
{
	json_print(name, text, strlen(text));
}

static void print_json_row(const struct sums_row *row, const char *who,
                           bool user)
{
	(void)printf("{");
	print_string(who, row->who);
	(void)printf(", \"count\": %" PRIu64 ", \"last\": %" PRId64 ", ",
	             row->count, row->last);
	if (!user) {
		print_string("reason", row->reason);
		(void)printf("}");
		return;
	}
	print_string("address", row->address);
	(void)printf(", ");
	print_string("tls", row->tls);
	(void)printf(", \"messages\": %" PRIu64 ", \"octets\": %" PRIu64 "}",
	             row->messages, row->octets);
}

static void print_json_table(const struct sums_table *t, const char *name,
                             const char *who, bool user)
{
	size_t i;

	(void)printf(",\n\"%s\": [", name);
	for (i = 0; i < t->n; i++) {
		(void)printf(i > 0 ? ",\n" : "\n");
		print_json_row(t->rows[i], who, user);
	}
	(void)printf("],\n\"%s_without_row\": %" PRIu64, name, t->others);
}

static void print_json_hours(const char *name,
                             const uint64_t hours[static SUMS_HOURS])
{
	size_t i;

	(void)printf(",\n\"%s\": [", name);
	for (i = 0; i < SUMS_HOURS; i++)
		(void)printf("%s%" PRIu64, i > 0 ? ", " : "", hours[i]);
	(void)printf("]");
}

void sumsprint_json(const struct sumsprint *p, struct sums *s)
{
	size_t i;

	sort_rows(s);
	(void)printf("{\"since\": %" PRId64 ", \"until\": %" PRId64
	             ", \"lines\": %" PRIu64 ", \"untrusted\": %" PRIu64,
	             p->since, p->until, s->lines, p->untrusted);
	if (p->stopped) {
		(void)printf(", ");
		print_string("stopped", p->stopped);
	}
	print_json_table(&s->users, "users", "user", true);
	for (i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
		print_json_table(tables_of(s, i), headings[i].name,
		                 headings[i].who, false);
	print_json_hours("hours_logins", s->logins);
	print_json_hours("hours_failures", s->failed);
	(void)printf("}\n");
}

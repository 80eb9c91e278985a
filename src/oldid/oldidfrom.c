/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "oldid/oldidfrom.h"

static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Where the octets before a year end: the place of the blank before it,
 * counted from the end x.  0: there is no year.
 */
static int find_year(const char *x)
{
	bool sign;

	if (x[-5] == ' ') {
		if (x[-8] == ':')
			return -5;
		if (x[-9] == ' ')
			return -9; /* a zone of three letters before it */
		sign = x[-10] == '+' || x[-10] == '-';
		return x[-11] == ' ' && sign ? -11 : 0;
	}
	if (x[-4] == ' ')
		return x[-9] == ' ' ? -9 : 0; /* a zone behind it */
	sign = x[-5] == '+' || x[-5] == '-';
	return x[-6] == ' ' && x[-11] == ' ' && sign ? -11 : 0;
}

/* Does "remote from" and one word stand before the end?  Then it ends there. */
static size_t skip_remote(const char *line, size_t n)
{
	static const char remote[] = " remote from";
	size_t blank = n, k = sizeof(remote) - 1;

	while (blank > k && line[blank - 1] != ' ')
		blank--;
	if (blank <= k + 1)
		return n;
	blank--; /* of the last word */
	return memcmp(line + blank - k, remote, k) == 0 ? blank - k : n;
}

bool oldidfrom_uw(const char *line, size_t n, size_t whole)
{
	size_t gone = whole - n;
	const char *x;
	int t;

	if (memchr(line, '\0', n))
		return false;
	if (n + gone >= 41)
		n = skip_remote(line, n);
	if (n < 27)
		return false;
	x = line + n;
	t = find_year(x);
	if (t == 0 || x[t - 3] != ':')
		return false;
	t -= x[t - 6] == ':' ? 9 : 6;
	if (n < (size_t)(11 - t)) /* UW would look at what stands before */
		return false;
	return x[t] == ' ' && x[t - 3] == ' ' && x[t - 7] == ' ' &&
	       x[t - 11] == ' ';
}

/* Text that is read from its beginning on; behind its end are NULs. */
struct text {
	const char *p, *end;
};

struct date {
	int year, month, day, hour, minute, second; /* month: from 0 on */
};

static char octet(const struct text *t, size_t i)
{
	if ((size_t)(t->end - t->p) > i)
		return t->p[i];
	return '\0';
}

static bool has_digits(const struct text *t, size_t from, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!is_digit(octet(t, from + i)))
			return false;
	return true;
}

static int number(const struct text *t, size_t from, size_t n)
{
	int value = 0;
	size_t i;

	for (i = 0; i < n; i++)
		value = value * 10 + (octet(t, from + i) - '0');
	return value;
}

static bool take_month(struct text *t, struct date *d)
{
	char name[4] = {octet(t, 0), octet(t, 1), octet(t, 2), '\0'};
	int i;

	for (i = 0; i < 12 && strcasecmp(months[i], name) != 0; i++)
		;
	if (i == 12 && strcmp(name, "???") == 0)
		i = 0;
	if (i == 12 || octet(t, 3) != ' ')
		return false;
	d->month = i;
	t->p += 4;
	return true;
}

static bool take_year(struct text *t, struct date *d)
{
	if (!has_digits(t, 0, 4))
		return false;
	d->year = number(t, 0, 4);
	t->p += 4;
	return true;
}

/* Takes octets up to a blank, which must come before the line's end. */
static bool take_word(struct text *t)
{
	for (; t->p < t->end && *t->p != ' '; t->p++)
		if (*t->p == '\r' || *t->p == '\n')
			return false;
	return true;
}

/* "x y"@domain, or what has no blank. */
static bool take_sender(struct text *t)
{
	bool escaped = false;

	if (octet(t, 0) == '"') {
		for (t->p++; t->p < t->end && (*t->p != '"' || escaped);
		     t->p++) {
			if (*t->p == '\r' || *t->p == '\n')
				return false;
			escaped = *t->p == '\\';
		}
		if (t->p < t->end)
			t->p++;
	}
	if (!take_word(t))
		return false;
	while (t->p < t->end && *t->p == ' ')
		t->p++;
	return t->end - t->p >= 21;
}

/* Behind the weekday: "Nov  9 " or ", 9 Nov 2002 ". */
static bool take_day(struct text *t, struct date *d, bool *late)
{
	size_t n;

	*late = !take_month(t, d);
	if (*late) {
		t->p++;
		n = has_digits(t, 1, 1) ? 2 : 1;
	} else {
		if (octet(t, 0) == ' ')
			t->p++;
		n = octet(t, 1) == ' ' ? 1 : 2;
	}
	if (!has_digits(t, 0, n) || octet(t, n) != ' ')
		return false;
	d->day = number(t, 0, n);
	if (d->day == 0)
		d->day = 1;
	t->p += n + 1;
	if (!*late)
		return true;
	if (!take_month(t, d) || !take_year(t, d))
		return false;
	t->p++;
	return t->p <= t->end;
}

static bool take_time(struct text *t, struct date *d, bool late)
{
	if (!has_digits(t, 0, 2) || octet(t, 2) != ':' || !has_digits(t, 3, 2))
		return false;
	d->hour = number(t, 0, 2);
	d->minute = number(t, 3, 2);
	t->p += 5;
	if (t->p == t->end)
		return true;
	if (*t->p == ':') {
		if (!has_digits(t, 1, 2))
			return false;
		d->second = number(t, 1, 2);
		t->p += 3;
	}
	if (late)
		return true;
	return octet(t, 0) == ' ' && ++t->p;
}

static bool is_zone(const struct text *t, size_t at)
{
	return (octet(t, at) == '-' || octet(t, at) == '+') &&
	       has_digits(t, at + 1, 4);
}

/* A zone before the year, which need not be there. */
static bool take_zone(struct text *t)
{
	if (t->end - t->p < 4 || has_digits(t, 0, 4))
		return true;
	if (!take_word(t) || t->end - t->p < 5)
		return false;
	t->p++;
	return true;
}

/* With a zone, the date must be one of the calendar. */
static bool is_in_calendar(const struct date *d)
{
	static const int days[] = {31, 28, 31, 30, 31, 30,
	                           31, 31, 30, 31, 30, 31};
	bool leap =
		d->year % 4 == 0 && (d->year % 100 != 0 || d->year % 400 == 0);

	return d->day <= days[d->month] + (leap && d->month == 1) &&
	       d->hour <= 23 && d->minute <= 59 && d->second <= 60;
}

bool oldidfrom_dovecot(const char *text, size_t n)
{
	struct text t = {text, text + n};
	struct date d = {.second = 0};
	bool late;

	if (!take_sender(&t))
		return false;
	t.p += 4; /* the weekday, whatever it is */
	if (!take_day(&t, &d, &late) || !take_time(&t, &d, late))
		return false;
	if (!late && (!take_zone(&t) || !take_year(&t, &d)))
		return false;
	if (octet(&t, 0) == ' ' && is_zone(&t, 1))
		return is_in_calendar(&d);
	return true;
}

/* As atoi(3) reads it, at most a few digits. */
static int teapop_number(const char **p, const char *end, int skip)
{
	int value = *p < end ? (int)strtol(*p, NULL, 10) : 0;

	*p += skip;
	return value;
}

bool oldidfrom_teapop(const char *line)
{
	const char *end = line + strlen(line), *p = strchr(line, ' ');
	int i, day, hour, minute, second, year;

	p = p ? strchr(p + 1, ' ') : NULL;
	if (!p)
		return false;
	p += 1 + strspn(p + 1, " ") + 4; /* the weekday */
	if (p >= end)
		return false;
	for (i = 0; i < 12 && strncmp(p, months[i], 3) != 0; i++)
		;
	if (i == 12 || p[3] != ' ')
		return false;
	p += 4;
	day = teapop_number(&p, end, 3);
	hour = teapop_number(&p, end, 3);
	minute = teapop_number(&p, end, 3);
	second = teapop_number(&p, end, 3);
	year = teapop_number(&p, end, 4);
	return day >= 1 && day <= 31 && hour >= 0 && hour <= 23 &&
	       minute >= 0 && second >= 0 && second <= 59 && year >= 1970;
}

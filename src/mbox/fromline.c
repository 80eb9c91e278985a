/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "mbox/fromline.h"

/* What is left of the line being read, and the date read so far. */
struct text {
	const char *p, *end;
	struct fromline_date *date;
};

static bool is_space_or_tab(char c)
{
	return c == ' ' || c == '\t';
}

static bool read_blanks(struct text *t)
{
	const char *start = t->p;

	while (t->p < t->end && is_space_or_tab(*t->p))
		t->p++;
	return t->p > start;
}

static bool at_end(const struct text *t)
{
	return t->p == t->end;
}

static bool read_char(struct text *t, char c)
{
	if (t->p == t->end || *t->p != c)
		return false;
	t->p++;
	return true;
}

static bool at_digit(const struct text *t)
{
	return t->p < t->end && *t->p >= '0' && *t->p <= '9';
}

static bool at_blank(const struct text *t)
{
	return t->p < t->end && is_space_or_tab(*t->p);
}

/*
 * Reads one of the names, in any case; names has three small letters for each.
 * Returns its number from 1 on, or 0.
 */
static int read_calendar_name(struct text *t, const char *names)
{
	char small[3];
	int i;

	if (t->end - t->p < 3)
		return 0;
	for (i = 0; i < 3; i++) /* capitals differ in one bit */
		small[i] = (char)(t->p[i] | 0x20);
	for (i = 1; *names; i++, names += 3)
		if (memcmp(small, names, 3) == 0) {
			t->p += 3;
			return i;
		}
	return 0;
}

/* Reads a number of min to max digits, no greater than limit. */
static bool read_digits(struct text *t, int min, int max, int limit, int *ret)
{
	int n = 0, digits = 0;

	while (digits < max && at_digit(t)) {
		n = n * 10 + (*t->p++ - '0');
		digits++;
	}
	*ret = n;
	return digits >= min && n <= limit;
}

static bool read_minutes(struct text *t)
{
	return read_digits(t, 1, 2, 24, &t->date->hour) && read_char(t, ':') &&
	       read_digits(t, 2, 2, t->date->hour < 24 ? 59 : 0,
	                   &t->date->minute);
}

/* Reads what follows hh:mm, where 60 is a leap second. */
static bool read_seconds(struct text *t)
{
	return read_char(t, ':') &&
	       read_digits(t, 2, 2, t->date->hour < 24 ? 60 : 0,
	                   &t->date->second);
}

static bool read_letters(struct text *t)
{
	const char *start = t->p;

	while (t->p < t->end && isalpha((unsigned char)*t->p))
		t->p++;
	return t->p > start;
}

/* Reads what follows a sign: h, hh, hhmm, h:mm or hh:mm. */
static bool read_offset(struct text *t)
{
	int ignored;

	if (!read_digits(t, 1, 2, 99, &ignored))
		return false;
	if (read_char(t, ':') || at_digit(t))
		return read_digits(t, 2, 2, 99, &ignored);
	return true;
}

/* Reads EST, +0100, +01:00, +01, GMT+0100 or EST5EDT. */
static bool read_plain_zone(struct text *t)
{
	const char *start = t->p;
	bool named = read_letters(t);
	int ignored;

	if (read_char(t, '+') || read_char(t, '-'))
		return read_offset(t);
	if (t->p - start >= 3 && read_digits(t, 1, 2, 99, &ignored))
		(void)read_letters(t);
	return named;
}

static bool read_zone_word(struct text *t)
{
	const char *start = t->p;

	while (t->p < t->end &&
	       (isalpha((unsigned char)*t->p) || *t->p == '.' || *t->p == '-' ||
	        (unsigned char)*t->p >= 0x80))
		t->p++;
	return t->p > start;
}

/* Reads what follows a parenthesis: "GMT Standard Time)". */
static bool read_zone_words(struct text *t)
{
	const char *last;
	int words = 0;

	do {
		last = t->p;
		words++;
		if (!read_zone_word(t))
			return false;
	} while (read_blanks(t));
	return words > 1 && t->p - last == 4 &&
	       strncasecmp(last, "Time", 4) == 0 && read_char(t, ')');
}

/* Reads a plain zone, or one in parentheses. */
static bool read_zone(struct text *t)
{
	struct text start;

	if (!read_char(t, '('))
		return read_plain_zone(t);
	start = *t;
	if (read_plain_zone(t) && read_char(t, ')'))
		return true;
	*t = start;
	return read_zone_words(t);
}

/* Reads four digits that stand alone, or nothing. */
static bool read_year(struct text *t)
{
	struct text start = *t;

	if (read_digits(t, 4, 4, 9999, &t->date->year) &&
	    (at_end(t) || at_blank(t)))
		return true;
	*t = start;
	return false;
}

static bool read_day(struct text *t)
{
	return read_digits(t, 1, 2, 31, &t->date->day);
}

static bool read_month(struct text *t)
{
	t->date->month =
		read_calendar_name(t, "janfebmaraprmayjunjulaugsepoctnovdec");
	return t->date->month > 0;
}

/*
 * Reads what follows asctime's weekday:
 * " Jan  2 03:04[:05] [zone [zone]] 2020".
 */
static bool read_month_first(struct text *t, int *zones)
{
	if (!read_blanks(t) || !read_month(t) || !read_blanks(t) ||
	    !read_day(t) || !read_blanks(t) || !read_minutes(t) ||
	    !(at_blank(t) || read_seconds(t)) || !read_blanks(t))
		return false;
	while (!read_year(t))
		if ((*zones)++ == 2 || !read_zone(t) || !read_blanks(t))
			return false;
	return true;
}

/*
 * Reads what follows a Date field's weekday: ", 2 Jan 2020 03:04:05".  People
 * end sentences with dates of this form, but without seconds.
 */
static bool read_day_first(struct text *t)
{
	(void)read_char(t, ',');
	return read_blanks(t) && read_day(t) && read_blanks(t) &&
	       read_month(t) && read_blanks(t) && read_year(t) &&
	       read_blanks(t) && read_minutes(t) && read_seconds(t);
}

/* Does it go on as gateways wrote it: "remote from host" after a blank? */
static bool is_passed_on(const struct text *t)
{
	static const char *const words[] = {"remote from ", "forwarded by "};
	size_t i, n;

	if (!is_space_or_tab(t->p[-1]))
		return false;
	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		n = strlen(words[i]);
		if ((size_t)(t->end - t->p) > n &&
		    strncasecmp(t->p, words[i], n) == 0)
			return true;
	}
	return false;
}

static bool read_date(struct text t)
{
	struct text start;
	int zones = 0;

	t.date->at = t.p;
	t.date->second = 0;
	if (!read_calendar_name(&t, "sunmontuewedthufrisat"))
		return false;
	start = t;
	if (!read_day_first(&t)) {
		t = start;
		if (!read_month_first(&t, &zones))
			return false;
	}
	while (read_blanks(&t) && !at_end(&t) && !is_passed_on(&t))
		if (zones++ == 2 || !read_zone(&t))
			return false;
	return at_end(&t) || is_passed_on(&t);
}

bool fromline_has_date(const char *line, size_t n, struct fromline_date *ret)
{
	struct text t;
	const char *p;

	p = line + 1;
	if (n > FROMLINE_TAIL)
		p = line + n - FROMLINE_TAIL + 1;
	while (n > 0 && line[n - 1] == '\r')
		n--;
	t.end = line + n;
	t.date = ret;
	for (; p < t.end; p++) {
		if (!is_space_or_tab(p[-1]))
			continue;
		t.p = p;
		if (read_date(t))
			return true;
	}
	return false;
}

void fromline_keep_tail(struct fromline_tail *t, const char *p, size_t n)
{
	const size_t keep = FROMLINE_TAIL + 1;

	if (n > keep) {
		p += n - keep;
		n = keep;
		t->n = 0; /* what is there does not join */
	}
	if (n > sizeof(t->octets) - t->n) {
		memmove(t->octets, t->octets + t->n - keep, keep);
		t->n = keep;
	}
	memcpy(t->octets + t->n, p, n);
	t->n += n;
}

bool fromline_is_followed(const char *next, size_t n)
{
	size_t i;

	for (i = 0; i < n && i < FROMLINE_NAME; i++) {
		if (next[i] == ':')
			return i > 0;
		if (next[i] <= ' ' || next[i] > '~')
			return false;
	}
	return false;
}

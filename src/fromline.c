#include <ctype.h>
#include <string.h>

#include "fromline.h"

/* What is left of the line being read, and where to put what has been. */
struct text {
	const char *p, *end;
	struct fromline_date *date;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool blanks(struct text *t)
{
	const char *start = t->p;

	while (t->p < t->end && is_blank(*t->p))
		t->p++;
	return t->p > start;
}

static bool at_end(const struct text *t)
{
	return t->p == t->end;
}

static bool literal(struct text *t, char c)
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
	return t->p < t->end && is_blank(*t->p);
}

/*
 * One of the names, three letters each, as asctime writes it.  Returns its
 * number from 1 on, or 0.
 */
static int name(struct text *t, const char *names)
{
	int i;

	for (i = 1; *names; i++, names += 3)
		if (t->end - t->p >= 3 && memcmp(t->p, names, 3) == 0) {
			t->p += 3;
			return i;
		}
	return 0;
}

/* A number of min to max digits, no greater than limit. */
static bool number(struct text *t, int min, int max, int limit, int *ret)
{
	int n = 0, digits = 0;

	while (digits < max && at_digit(t)) {
		n = n * 10 + (*t->p++ - '0');
		digits++;
	}
	*ret = n;
	return digits >= min && n <= limit;
}

static bool minutes(struct text *t)
{
	return number(t, 1, 2, 23, &t->date->hour) && literal(t, ':') &&
	       number(t, 2, 2, 59, &t->date->minute);
}

/* What follows hh:mm, where 60 is a leap second. */
static bool seconds(struct text *t)
{
	return literal(t, ':') && number(t, 2, 2, 60, &t->date->second);
}

static bool letters(struct text *t)
{
	const char *start = t->p;

	while (t->p < t->end && isalpha((unsigned char)*t->p))
		t->p++;
	return t->p > start;
}

/* What follows a sign: h, hh, hhmm, h:mm or hh:mm. */
static bool offset(struct text *t)
{
	int ignored;

	if (!number(t, 1, 2, 99, &ignored))
		return false;
	if (literal(t, ':') || at_digit(t))
		return number(t, 2, 2, 99, &ignored);
	return true;
}

/* EST, +0100, +01:00, +01 or GMT+0100 */
static bool plain_zone(struct text *t)
{
	bool named = letters(t);

	if (literal(t, '+') || literal(t, '-'))
		return offset(t);
	return named;
}

/* The same, or one in parentheses. */
static bool zone(struct text *t)
{
	if (literal(t, '('))
		return plain_zone(t) && literal(t, ')');
	return plain_zone(t);
}

/* Four digits that stand alone.  Takes nothing where they do not. */
static bool year(struct text *t)
{
	struct text start = *t;

	if (number(t, 4, 4, 9999, &t->date->year) && (at_end(t) || at_blank(t)))
		return true;
	*t = start;
	return false;
}

static bool day(struct text *t)
{
	return number(t, 1, 2, 31, &t->date->day);
}

static bool month(struct text *t)
{
	t->date->month = name(t, "JanFebMarAprMayJunJulAugSepOctNovDec");
	return t->date->month > 0;
}

/* Behind asctime's weekday: " Jan  2 03:04[:05] [zone [zone]] 2020" */
static bool month_first(struct text *t, int *zones)
{
	if (!blanks(t) || !month(t) || !blanks(t) || !day(t) || !blanks(t) ||
	    !minutes(t) || !(at_blank(t) || seconds(t)) || !blanks(t))
		return false;
	while (!year(t))
		if ((*zones)++ == 2 || !zone(t) || !blanks(t))
			return false;
	return true;
}

/*
 * Behind the weekday of a Date field: ", 2 Jan 2020 03:04:05".  People write
 * such dates at the end of a sentence, but without seconds.
 */
static bool day_first(struct text *t)
{
	(void)literal(t, ',');
	return blanks(t) && day(t) && blanks(t) && month(t) && blanks(t) &&
	       year(t) && blanks(t) && minutes(t) && seconds(t);
}

/* What uucp wrote behind the date and a blank: "remote from host" */
static bool remote_from(const struct text *t)
{
	static const char words[] = "remote from ";
	size_t n = sizeof(words) - 1;

	return is_blank(t->p[-1]) && (size_t)(t->end - t->p) > n &&
	       memcmp(t->p, words, n) == 0;
}

static bool date(struct text t)
{
	struct text start;
	int zones = 0;

	t.date->at = t.p;
	t.date->second = 0;
	if (!name(&t, "SunMonTueWedThuFriSat"))
		return false;
	start = t;
	if (!day_first(&t)) {
		t = start;
		if (!month_first(&t, &zones))
			return false;
	}
	while (blanks(&t) && !at_end(&t) && !remote_from(&t))
		if (zones++ == 2 || !zone(&t))
			return false;
	return at_end(&t) || remote_from(&t);
}

bool fromline_has_date(const char *line, size_t n, struct fromline_date *ret)
{
	struct text t;
	const char *p;

	t.end = line + n;
	t.date = ret;
	p = line + 1;
	if (n > FROMLINE_TAIL)
		p = t.end - FROMLINE_TAIL + 1;
	for (; p < t.end; p++) {
		if (!is_blank(p[-1]))
			continue;
		t.p = p;
		if (date(t))
			return true;
	}
	return false;
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

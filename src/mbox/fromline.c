#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "mbox/fromline.h"

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
 * One of the names, three small letters each, in whatever case it stands.
 * Returns its number from 1 on, or 0.
 */
static int name(struct text *t, const char *names)
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
	return number(t, 1, 2, 24, &t->date->hour) && literal(t, ':') &&
	       number(t, 2, 2, t->date->hour < 24 ? 59 : 0, &t->date->minute);
}

/* What follows hh:mm, where 60 is a leap second. */
static bool seconds(struct text *t)
{
	return literal(t, ':') &&
	       number(t, 2, 2, t->date->hour < 24 ? 60 : 0, &t->date->second);
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

/* EST, +0100, +01:00, +01, GMT+0100 or EST5EDT */
static bool plain_zone(struct text *t)
{
	const char *start = t->p;
	bool named = letters(t);
	int ignored;

	if (literal(t, '+') || literal(t, '-'))
		return offset(t);
	if (t->p - start >= 3 && number(t, 1, 2, 99, &ignored))
		(void)letters(t);
	return named;
}

static bool zone_word(struct text *t)
{
	const char *start = t->p;

	while (t->p < t->end &&
	       (isalpha((unsigned char)*t->p) || *t->p == '.' || *t->p == '-' ||
	        (unsigned char)*t->p >= 0x80))
		t->p++;
	return t->p > start;
}

/* Behind the parenthesis: "GMT Standard Time)" */
static bool zone_words(struct text *t)
{
	const char *last;
	int words = 0;

	do {
		last = t->p;
		words++;
		if (!zone_word(t))
			return false;
	} while (blanks(t));
	return words > 1 && t->p - last == 4 &&
	       strncasecmp(last, "Time", 4) == 0 && literal(t, ')');
}

/* A plain one, or one in parentheses. */
static bool zone(struct text *t)
{
	struct text start;

	if (!literal(t, '('))
		return plain_zone(t);
	start = *t;
	if (plain_zone(t) && literal(t, ')'))
		return true;
	*t = start;
	return zone_words(t);
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
	t->date->month = name(t, "janfebmaraprmayjunjulaugsepoctnovdec");
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

/* What gateways wrote behind the date and a blank: "remote from host" */
static bool is_passed_on(const struct text *t)
{
	static const char *const words[] = {"remote from ", "forwarded by "};
	size_t i, n;

	if (!is_blank(t->p[-1]))
		return false;
	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		n = strlen(words[i]);
		if ((size_t)(t->end - t->p) > n &&
		    strncasecmp(t->p, words[i], n) == 0)
			return true;
	}
	return false;
}

static bool date(struct text t)
{
	struct text start;
	int zones = 0;

	t.date->at = t.p;
	t.date->second = 0;
	if (!name(&t, "sunmontuewedthufrisat"))
		return false;
	start = t;
	if (!day_first(&t)) {
		t = start;
		if (!month_first(&t, &zones))
			return false;
	}
	while (blanks(&t) && !at_end(&t) && !is_passed_on(&t))
		if (zones++ == 2 || !zone(&t))
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

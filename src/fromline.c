#include <ctype.h>
#include <string.h>

#include "fromline.h"

/* What is left of the line being read. */
struct text {
	const char *p, *end;
};

static bool blanks(struct text *t)
{
	const char *start = t->p;

	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t'))
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

/* One of the names, three letters each, as asctime writes it. */
static bool name(struct text *t, const char *names)
{
	for (; *names; names += 3)
		if (t->end - t->p >= 3 && memcmp(t->p, names, 3) == 0) {
			t->p += 3;
			return true;
		}
	return false;
}

/* A number of min to max digits, no greater than limit. */
static bool number(struct text *t, int min, int max, int limit)
{
	int n = 0, digits = 0;

	while (digits < max && t->p < t->end && isdigit((unsigned char)*t->p)) {
		n = n * 10 + (*t->p++ - '0');
		digits++;
	}
	return digits >= min && n <= limit;
}

/* hh:mm or hh:mm:ss, where 60 is a leap second. */
static bool time_of_day(struct text *t)
{
	if (!number(t, 1, 2, 23) || !literal(t, ':') || !number(t, 2, 2, 59))
		return false;
	return !literal(t, ':') || number(t, 2, 2, 60);
}

/* A zone: letters, as EST or MET DST have, or +hhmm, with or without one. */
static bool zone(struct text *t)
{
	const char *start = t->p;

	if (literal(t, '+') || literal(t, '-'))
		return number(t, 4, 4, 9999);
	while (t->p < t->end && isalpha((unsigned char)*t->p))
		t->p++;
	return t->p > start;
}

/* Four digits that stand alone.  Takes nothing where they do not. */
static bool year(struct text *t)
{
	struct text start = *t;

	if (number(t, 4, 4, 9999) &&
	    (at_end(t) || *t->p == ' ' || *t->p == '\t'))
		return true;
	*t = start;
	return false;
}

/* "Thu Jan  2 03:04:05", and the blank behind it */
static bool day_and_time(struct text *t)
{
	return name(t, "SunMonTueWedThuFriSat") && blanks(t) &&
	       name(t, "JanFebMarAprMayJunJulAugSepOctNovDec") && blanks(t) &&
	       number(t, 1, 2, 31) && blanks(t) && time_of_day(t) && blanks(t);
}

/* What uucp wrote behind the date and a blank: "remote from host" */
static bool remote_from(const struct text *t)
{
	static const char words[] = "remote from ";
	size_t n = sizeof(words) - 1;

	return (t->p[-1] == ' ' || t->p[-1] == '\t') &&
	       (size_t)(t->end - t->p) > n && memcmp(t->p, words, n) == 0;
}

static bool date(struct text t)
{
	int zones = 0;

	if (!day_and_time(&t))
		return false;
	while (!year(&t))
		if (zones++ == 2 || !zone(&t) || !blanks(&t))
			return false;
	while (blanks(&t) && !at_end(&t) && !remote_from(&t))
		if (zones++ == 2 || !zone(&t))
			return false;
	return at_end(&t) || remote_from(&t);
}

bool fromline_has_date(const char *line, size_t n)
{
	struct text t;
	const char *p;

	t.end = line + n;
	p = line + 1;
	if (n > FROMLINE_TAIL)
		p = t.end - FROMLINE_TAIL + 1;
	for (; p < t.end; p++) {
		if (p[-1] != ' ' && p[-1] != '\t')
			continue;
		t.p = p;
		if (date(t))
			return true;
	}
	return false;
}

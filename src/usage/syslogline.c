/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "usage/syslogline.h"

#define DIGITS "0123456789"
#define DAY    86400

/* Returns the place behind the time, or NULL. */
static char *read_long_time(char *line, int64_t *ret)
{
	struct tm tm = {0};
	long offset;
	char *p;

	p = strptime(line, "%Y-%m-%dT%H:%M:%S", &tm);
	if (p && *p == '.')
		p += 1 + strspn(p + 1, DIGITS);
	p = p ? strptime(p, "%z", &tm) : NULL;
	if (!p)
		return NULL;
	offset = tm.tm_gmtoff;
	*ret = (int64_t)timegm(&tm) - offset;
	return p;
}

static char *read_short_time(char *line, int64_t now, int64_t *ret)
{
	const time_t present = now;
	struct tm today, tm = {0}, again;
	char *p;

	p = strptime(line, "%b %e %H:%M:%S", &tm);
	if (!p || !localtime_r(&present, &today))
		return NULL;
	tm.tm_year = today.tm_year;
	tm.tm_isdst = -1;
	again = tm;
	*ret = mktime(&tm);
	if (*ret <= now + DAY)
		return p;
	again.tm_year--;
	*ret = mktime(&again);
	return p;
}

/* Returns the place behind a blank, the host's name and a blank, or NULL. */
static char *skip_host(char *p)
{
	size_t n;

	if (*p != ' ')
		return NULL;
	n = strcspn(++p, " ");
	return n > 0 && p[n] ? p + n + 1 : NULL;
}

char *syslogline_read(char *line, int64_t now, int64_t *time)
{
	static const char name[] = "onepop";
	char *p;

	p = read_long_time(line, time);
	if (!p)
		p = read_short_time(line, now, time);
	p = p ? skip_host(p) : NULL;
	if (!p || strncmp(p, name, strlen(name)) != 0)
		return NULL;
	p += strlen(name);
	if (*p == '[') {
		p += 1 + strspn(p + 1, DIGITS);
		if (*p++ != ']')
			return NULL;
	}
	return strncmp(p, ": ", 2) == 0 ? p + 2 : NULL;
}

/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "admin/since.h"
#include "base/decimal.h"

#define PROBLEM                                                                \
	"must be a time such as 2026-11-28, 2026-11-28T14:30, 90m, 12h or 7d"

/* Reads a number and the letter of its unit. */
static bool read_ago(const char *text, int64_t now, int64_t *ret)
{
	static const char units[] = "mhd";
	static const int64_t seconds[] = {60, 3600, 86400};
	const size_t n = strlen(text);
	const char *unit;
	char digits[12];
	uint32_t number;

	if (n < 2 || n > sizeof(digits))
		return false;
	unit = strchr(units, text[n - 1]);
	memcpy(digits, text, n - 1);
	digits[n - 1] = '\0';
	if (!unit || decimal_get(digits, &number) < 0)
		return false;
	*ret = now - number * seconds[unit - units];
	return true;
}

static bool read_date(const char *text, int64_t *ret)
{
	static const char *const forms[] = {
		"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M",
		"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"};
	const char *end;
	struct tm tm;
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		memset(&tm, 0, sizeof(tm));
		tm.tm_isdst = -1;
		end = strptime(text, forms[i], &tm);
		if (!end || *end)
			continue;
		*ret = mktime(&tm);
		return *ret != -1;
	}
	return false;
}

const char *since_read(const char *text, int64_t now, int64_t *ret)
{
	return read_ago(text, now, ret) || read_date(text, ret) ? NULL
	                                                        : PROBLEM;
}

void since_write(int64_t time, char to[static SINCE_TEXT])
{
	const time_t t = time;
	struct tm tm;

	if (!localtime_r(&t, &tm) ||
	    strftime(to, SINCE_TEXT, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		(void)snprintf(to, SINCE_TEXT, "%" PRId64, time);
}

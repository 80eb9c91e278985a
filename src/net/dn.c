/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "net/dn.h"

/* Returns the octets of the separator at p, or 0. */
static size_t separator_length(const char *p)
{
	if (strncmp(p, ", ", 2) == 0)
		return 2;
	return strncmp(p, " + ", 3) == 0 ? 3 : 0; /* one name of two parts */
}

static bool is_in_value(const char *p, bool quoted)
{
	return *p && (quoted ? *p != '"' : !separator_length(p));
}

/*
 * Copies the value at *p without quotes and escapes, and moves *p behind it.
 * Returns its octets, or size if dn_find must refuse the value.
 */
static size_t copy_value(const char **p, char *to, size_t size)
{
	bool quoted = **p == '"', escaped, good = true;
	size_t n = 0;

	*p += quoted;
	for (; is_in_value(*p, quoted); ++*p) {
		escaped = **p == '\\' && (*p)[1];
		*p += escaped;
		if ((escaped ? isxdigit((unsigned char)**p) : **p == '"') ||
		    n == size - 1)
			good = false;
		else
			to[n++] = **p;
	}
	good = good && (!quoted || **p); /* else the closing quote is missing */
	*p += quoted && **p;
	to[n] = '\0';
	return good ? n : size;
}

int dn_find(const char *dn, const char *key, char *value, size_t size)
{
	char other[2];
	size_t n, found = size;
	int times = 0;

	while (*dn) {
		n = strcspn(dn, "=, +\"\\");
		if (n == 0 || dn[n] != '=')
			return -1;
		if (n == strlen(key) && strncmp(dn, key, n) == 0) {
			times++;
			dn += n + 1;
			found = copy_value(&dn, value, size);
		} else {
			dn += n + 1;
			(void)copy_value(&dn, other, sizeof(other));
		}
		n = separator_length(dn);
		if (*dn && n == 0)
			return -1;
		dn += n;
	}
	return times == 1 && found < size ? 0 : -1;
}

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "net/dn.h"

/* Octets of the separator here, or 0. */
static size_t separator(const char *p)
{
	if (strncmp(p, ", ", 2) == 0)
		return 2;
	return strncmp(p, " + ", 3) == 0 ? 3 : 0; /* one name of two parts */
}

static bool goes_on(const char *p, bool quoted)
{
	return *p && (quoted ? *p != '"' : !separator(p));
}

/*
 * Copies the value that *p begins with, without quotes and escapes, and moves
 * *p behind it.  Returns its octets, or size where it is not to be had.
 */
static size_t take_value(const char **p, char *to, size_t size)
{
	bool quoted = **p == '"', escaped, good = true;
	size_t n = 0;

	*p += quoted;
	for (; goes_on(*p, quoted); ++*p) {
		escaped = **p == '\\' && (*p)[1];
		*p += escaped;
		if ((escaped ? isxdigit((unsigned char)**p) : **p == '"') ||
		    n == size - 1)
			good = false;
		else
			to[n++] = **p;
	}
	good = good && (!quoted || **p); /* else the line ends within */
	*p += quoted && **p;
	to[n] = '\0';
	return good ? n : size;
}

int dn_find(const char *dn, const char *key, char *value, size_t size)
{
	char other[2];
	size_t n, found = size;
	bool ours;
	int times = 0;

	while (*dn) {
		n = strcspn(dn, "=, +\"\\");
		if (n == 0 || dn[n] != '=')
			return -1;
		ours = n == strlen(key) && strncmp(dn, key, n) == 0;
		times += ours;
		dn += n + 1;
		if (ours)
			found = take_value(&dn, value, size);
		else
			(void)take_value(&dn, other, sizeof(other));
		n = separator(dn);
		if (*dn && n == 0)
			return -1;
		dn += n;
	}
	return times == 1 && found < size ? 0 : -1;
}

/* SPDX-License-Identifier: ISC */
/*
 * A certificate's name: no value that a stranger chooses can look like a pair.
 * Input: a value, a NUL, and another value.  A line made of both, escaped as
 * OpenSSL does, must yield both values.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/dn.h"

#define VALUE_MAX 64

static void require(int good)
{
	if (!good)
		abort();
}

/* Quotes the value if OpenSSL would, or escapes it. */
static char *write_value(char *to, const char *value, int quoted)
{
	if (quoted)
		*to++ = '"';
	for (; *value; value++) {
		if (strchr(quoted ? "\"\\" : ",+\"\\<>; ", *value))
			*to++ = '\\';
		*to++ = *value;
	}
	if (quoted)
		*to++ = '"';
	*to = '\0';
	return to;
}

static void check_pairs(const char *one, const char *two, int quoted)
{
	char line[4 * VALUE_MAX + 64], found[VALUE_MAX + 1], *p = line;

	memcpy(p, "O=", 2);
	p = write_value(p + 2, one, quoted);
	memcpy(p, ", CN=", 5);
	p = write_value(p + 5, two, !quoted);
	memcpy(p, ", C=DE", 7);
	require(dn_find(line, "CN", found, sizeof(found)) == 0);
	require(strcmp(found, two) == 0);
	require(dn_find(line, "O", found, sizeof(found)) == 0);
	require(strcmp(found, one) == 0);
	require(dn_find(line, "emailAddress", found, sizeof(found)) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 2), found[VALUE_MAX + 1];
	const char *two;

	require(text != NULL);
	memcpy(text, data, size);
	memset(text + size, 0, 2);
	if (dn_find(text, "CN", found, sizeof(found)) == 0)
		require(strstr(text, "CN=") && strlen(found) <= VALUE_MAX);
	two = text + strlen(text) + 1;
	if (two <= text + size && strlen(text) <= VALUE_MAX &&
	    strlen(two) <= VALUE_MAX) {
		check_pairs(text, two, 0);
		check_pairs(text, two, 1);
	}
	free(text);
	return 0;
}

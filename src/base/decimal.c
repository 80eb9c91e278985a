/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stddef.h>

#include "base/decimal.h"

static size_t count_digits(uint64_t number)
{
	uint64_t power = 10;
	size_t n = 1;

	for (; n < DECIMAL_DIGITS && number >= power; n++)
		power *= 10;
	return n;
}

/* From the last digit to the first, two for each division. */
char *decimal_put(char *to, uint64_t number)
{
	char *const end = to + count_digits(number);
	char *p = end;
	unsigned int pair;

	while (number >= 10) {
		pair = number % 100;
		number /= 100;
		*--p = (char)('0' + pair % 10);
		*--p = (char)('0' + pair / 10);
	}
	if (p > to)
		*--p = (char)('0' + number);
	return end;
}

int decimal_get(const char *text, uint32_t *ret)
{
	uint64_t n = 0;
	const char *p;

	if (*text == '\0' || (*text == '0' && text[1] != '\0'))
		return -1;
	for (p = text; *p; p++) {
		if (!isdigit((unsigned char)*p))
			return -1;
		n = n * 10 + (uint64_t)(*p - '0');
		if (n > UINT32_MAX)
			n = UINT32_MAX;
	}
	*ret = (uint32_t)n;
	return 0;
}

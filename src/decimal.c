#include <string.h>

#include "decimal.h"

char *decimal_put(char *to, uint64_t number)
{
	char digits[DECIMAL_DIGITS], *first = digits + DECIMAL_DIGITS;
	size_t n;

	do {
		*--first = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	n = (size_t)(digits + DECIMAL_DIGITS - first);
	memcpy(to, first, n);
	return to + n;
}

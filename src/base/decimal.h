/*
 * Decimal numbers: written faster than printf(3) does, for long lists, and
 * read from input of others.
 */
#ifndef ONEPOP_DECIMAL_H
#define ONEPOP_DECIMAL_H

#include <stdint.h>

#define DECIMAL_DIGITS 20 /* of the greatest */

/* Writes the number's digits, with no NUL.  Returns the place behind them. */
char *decimal_put(char *to, uint64_t number);

/*
 * Reads a decimal number: digits, no sign, no leading zero.  A number above
 * UINT32_MAX becomes UINT32_MAX.  Returns 0, or -1.
 */
int decimal_get(const char *text, uint32_t *ret);

#endif

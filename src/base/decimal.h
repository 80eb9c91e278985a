/* SPDX-License-Identifier: ISC */
/* Writes decimal numbers, faster than printf(3) for long lists; reads them. */
#ifndef ONEPOP_DECIMAL_H
#define ONEPOP_DECIMAL_H

#include <stdint.h>

#define DECIMAL_DIGITS 20 /* of the largest number */

/* Writes the number's digits without a NUL.  Returns the place after them. */
char *decimal_put(char *to, uint64_t number);

/*
 * Reads a decimal number: digits, no sign, no leading zero.  A number above
 * UINT32_MAX becomes UINT32_MAX.  Returns 0, or -1.
 */
int decimal_get(const char *text, uint32_t *ret);

#endif

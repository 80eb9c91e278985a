/*
 * Numbers in decimal digits, for lists that are too long for printf(3).
 */
#ifndef ONEPOP_DECIMAL_H
#define ONEPOP_DECIMAL_H

#include <stdint.h>

#define DECIMAL_DIGITS 20 /* of the greatest */

/* Writes the number's digits, with no NUL.  Returns the place behind them. */
char *decimal_put(char *to, uint64_t number);

#endif

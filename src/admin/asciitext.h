/* SPDX-License-Identifier: ISC */
/* Makes a stranger's text safe to print on a terminal. */
#ifndef ONEPOP_ASCIITEXT_H
#define ONEPOP_ASCIITEXT_H

#include <stddef.h>

/*
 * Ends the text within the size octets of its array, and makes a question mark
 * of each octet that is not printable ASCII.
 */
void asciitext_clean(char *text, size_t size);

#endif

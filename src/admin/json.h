/* SPDX-License-Identifier: ISC */
/* Prints JSON strings (RFC 8259, section 7). */
#ifndef ONEPOP_JSON_H
#define ONEPOP_JSON_H

#include <stddef.h>

/* Prints "name": "text" of n octets of printable ASCII. */
void json_print(const char *name, const char *text, size_t n);

#endif

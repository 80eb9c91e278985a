/* SPDX-License-Identifier: ISC */
/*
 * A header field, put together from pieces of lines: its name, and the first
 * octets of its value with the lines that continue it.
 */
#ifndef ONEPOP_OLDIDFIELD_H
#define ONEPOP_OLDIDFIELD_H

#include <stdbool.h>
#include <stddef.h>

#include "oldid/oldidread.h"

#define OLDIDFIELD_NAME  32
#define OLDIDFIELD_VALUE 512

/* Begins with some = false and n = 0: there is no field. */
struct oldid_field {
	char name[OLDIDFIELD_NAME]; /* "" if it is longer, or there is none */
	bool some;                  /* there is a field */
	bool more;                  /* octets that are no blanks are left out */
	bool crlf;                  /* the line before ended so */
	size_t n;
	char value[OLDIDFIELD_VALUE];
};

/*
 * Takes a line's next piece, which begins a field or, if it begins with a
 * blank and there is a field, continues one.  Returns what is the value in it,
 * without the line's end: *n octets.
 */
const char *oldidfield_take(struct oldid_field *f, const struct oldid_piece *p,
                            size_t *n);

/* Does the piece go on with the field, by its line's first octet? */
bool oldidfield_continues(const struct oldid_field *f,
                          const struct oldid_piece *p);

/* Has the field that name, in any case? */
bool oldidfield_is(const struct oldid_field *f, const char *name);

#endif

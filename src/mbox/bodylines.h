/*
 * The inner loop of the mbox scan: passes over a body's lines, as fast as
 * memory gives them, up to where the next message may start.
 */
#ifndef ONEPOP_BODYLINES_H
#define ONEPOP_BODYLINES_H

#include <stdbool.h>
#include <stddef.h>

#include "mbox/fromline.h"

struct bodylines {
	size_t lf;                 /* ends of lines, all of them */
	size_t crlf;               /* those with a CR before the LF */
	bool from;                 /* a From_ line stopped the pass */
	struct fromline_date date; /* of that one */
};

/*
 * Passes over n octets of whole lines, each with its LF; the octet before p
 * is of the text as well, an LF, and none before it is looked at.  Stops
 * before the first line, but not the one at p, that is a From_ line
 * (fromline.h), whatever stands before and behind it.  Adds the ends it passed
 * to *ret, and sets the rest of it.  Returns the octets it passed.
 */
size_t bodylines_pass(const char *p, size_t n, struct bodylines *ret);

#endif

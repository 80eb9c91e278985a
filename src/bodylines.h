/*
 * The inner loop of the mbox scan: passes over a body's lines, as fast as
 * memory gives them, up to where the next message may start.
 */
#ifndef ONEPOP_BODYLINES_H
#define ONEPOP_BODYLINES_H

#include <stddef.h>

/* Ends of lines. */
struct bodylines {
	size_t lf;   /* all of them */
	size_t crlf; /* those with a CR before the LF */
};

/*
 * Passes over n octets of whole lines, each with its LF; the octet before p
 * is of the text as well, an LF, and none before it is looked at.  Stops
 * before the first line, but not the one at p, that begins with "Fr" after a
 * blank line.  Adds the ends it passed to *ends.  Returns the octets it passed.
 */
size_t bodylines_pass(const char *p, size_t n, struct bodylines *ends);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * The inner loop of the mbox scan: passes over a body's lines, as fast as
 * memory can be read, up to the line where the next message may start.
 */
#ifndef ONEPOP_BODYLINES_H
#define ONEPOP_BODYLINES_H

#include <stdbool.h>
#include <stddef.h>

#include "mbox/fromline.h"

struct bodylines {
	size_t lf;                 /* line ends passed */
	size_t crlf;               /* those of them with a CR before the LF */
	bool from;                 /* a From_ line stopped the pass */
	struct fromline_date date; /* of that line */
};

/*
 * Passes over n octets of whole lines, each with its LF.  An LF that belongs
 * to the text stands before p; no octet before that LF is read.  Stops before
 * the first From_ line (fromline.h) after the line at p, whatever stands
 * around that From_ line.  Adds the line ends passed to ret->lf and ret->crlf
 * and sets the rest of *ret.  Returns the octets passed.
 */
size_t bodylines_pass(const char *p, size_t n, struct bodylines *ret);

#endif

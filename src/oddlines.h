/*
 * Lines of an mbox that look as if they started a message, and do not: they
 * come after a blank one and begin with "From ", but have no date.
 */
#ifndef ONEPOP_ODDLINES_H
#define ONEPOP_ODDLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "fromline.h"

#define ODDLINES_FIRST 3 /* as many are remembered */

/* Begins as zeros. */
struct oddlines {
	uint32_t count;
	off_t first[ODDLINES_FIRST]; /* where they start */
	/* Of the line being read */
	bool after_blank;
	off_t at; /* where it starts */
	off_t n;  /* its octets so far */
	char head[5];
	size_t tail_n;
	char tail[2 * (FROMLINE_TAIL + 1)]; /* a CR may be the last */
};

/* Takes the file's next n octets; it does not matter how they are cut. */
void oddlines_feed(struct oddlines *o, const char *p, size_t n);

/* The file has ended, maybe without a line end. */
void oddlines_end(struct oddlines *o);

#endif

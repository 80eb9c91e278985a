/*
 * Lines of an mbox that are nearly the start of a message, or are one in an
 * odd place (mboxscan.h).
 */
#ifndef ONEPOP_ODDLINES_H
#define ONEPOP_ODDLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "mbox/fromline.h"

#define ODDLINES_FIRST 3 /* of each kind as many are remembered */

enum oddlines_kind {
	ODDLINES_UNDATED,  /* "From " behind a blank line, but no date */
	ODDLINES_TEXT,     /* a From_ line without a blank line before it and
	                      without a header field behind */
	ODDLINES_NO_BLANK, /* the same with a header field: a message starts */
	ODDLINES_GLUED,    /* the same in the middle of a line: none starts */
	ODDLINES_KINDS
};

struct oddlines_found {
	uint32_t count;
	off_t first[ODDLINES_FIRST]; /* where the lines start */
};

/* Begins as zeros. */
struct oddlines {
	struct oddlines_found found[ODDLINES_KINDS];
	/* Of the line before: it is odd if a field follows, or if none does */
	bool from, glued;
	off_t last; /* where it starts */
	/* Of the line being read */
	bool after_blank;
	off_t at; /* where it starts */
	off_t n;  /* its octets so far */
	char head[FROMLINE_NAME];
	size_t tail_n;
	char tail[2 * (FROMLINE_TAIL + 1)]; /* a CR may be the last */
};

/* Takes the file's next n octets; it does not matter how they are cut. */
void oddlines_feed(struct oddlines *o, const char *p, size_t n);

/* The file has ended, maybe without a line end. */
void oddlines_end(struct oddlines *o);

#endif

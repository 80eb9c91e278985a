/* SPDX-License-Identifier: ISC */
/*
 * Finds the lines of an mbox that almost start a message, or start one in an
 * unusual place (mboxscan.h), and lines that some programs cannot take.
 */
#ifndef ONEPOP_ODDLINES_H
#define ONEPOP_ODDLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "mbox/fromline.h"

#define ODDLINES_FIRST 3 /* lines of each kind whose place is remembered */

#define ODDLINES_SENT 2048 /* octets of a line that Python's poplib takes */

enum oddlines_kind {
	ODDLINES_UNDATED,  /* "From " after a blank line, but without a date */
	ODDLINES_TEXT,     /* a From_ line without a blank line before it, and
	                      without a header field after it: text */
	ODDLINES_NO_BLANK, /* the same with a header field: starts a message */
	ODDLINES_GLUED,    /* the same in the middle of a line: text */
	ODDLINES_LONG,     /* more than ODDLINES_SENT octets are sent of it */
	ODDLINES_KINDS
};

struct oddlines_found {
	uint32_t count;
	off_t first[ODDLINES_FIRST]; /* where the first lines start */
};

/* Begins as zeros. */
struct oddlines {
	struct oddlines_found found[ODDLINES_KINDS];
	bool unended; /* the last line has no LF; oddlines_end sets it */
	/* Of the line before, whose kind the next line decides */
	bool from;  /* a From_ line without a blank line before it */
	bool glued; /* a From_ line in the middle of a line */
	off_t last; /* where the line starts */
	/* Of the line being read */
	bool after_blank;
	off_t at; /* where it starts */
	off_t n;  /* its octets so far */
	char head[FROMLINE_NAME];
	struct fromline_tail tail;
};

/* Takes the file's next n octets, which may be cut anywhere. */
void oddlines_feed(struct oddlines *o, const char *p, size_t n);

/* Ends the file, which may end without an LF. */
void oddlines_end(struct oddlines *o);

#endif

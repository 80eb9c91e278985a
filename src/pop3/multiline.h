/* SPDX-License-Identifier: ISC */
/*
 * Encodes a message as a multi-line response (RFC 1939, section 3): every line
 * ends in CRLF, a leading dot is doubled, and the end mark, a line with one
 * dot, comes last.
 * The message comes in pieces of any size; the output of one call never ends
 * within a CRLF or between two dots.
 */
#ifndef ONEPOP_MULTILINE_H
#define ONEPOP_MULTILINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct multiline {
	bool in_line;   /* the output ends within a line */
	bool held_cr;   /* the input ended in a CR, which is not written yet */
	bool in_body;   /* the header's blank line has been written */
	uint64_t lines; /* of the body, still to be written */
	int64_t octets; /* written, without the dots added and the end mark */
};

#define MULTILINE_ALL     UINT64_MAX
#define MULTILINE_ROOM(n) (2 * (n) + 8) /* octets that n may become */

/*
 * Begins a message: asks for the header and this number of lines of the body,
 * as TOP does, or for MULTILINE_ALL of them.
 */
void multiline_begin(struct multiline *m, uint64_t lines);

/*
 * Encodes n octets into out, which has MULTILINE_ROOM(n).  Returns the octets
 * written: 0 once the last line that was asked for has been written.
 */
size_t multiline_encode(struct multiline *m, const char *in, size_t n,
                        char *out);

/* Have all lines that were asked for been written? */
bool multiline_full(const struct multiline *m);

/*
 * Ends the message: completes its last line, adds the blank line behind the
 * header if there was none, and writes the end mark.  out has
 * MULTILINE_ROOM(0).  Returns the octets written.
 */
size_t multiline_end(struct multiline *m, char *out);

#endif

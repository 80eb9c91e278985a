/*
 * The body of a multi-line response (RFC 1939, section 3): every line ends
 * in CRLF, a leading dot is doubled, and ".CRLF" comes last.  The text is
 * fed in pieces of any size; a CRLF or a doubled dot is never split between
 * the output of two calls.
 */
#ifndef ONEPOP_MULTILINE_H
#define ONEPOP_MULTILINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct multiline {
	bool in_line;   /* octets of a line not ended have been sent */
	bool held_cr;   /* a CR, kept until it is known what follows */
	bool in_body;   /* past the header's blank line */
	uint64_t lines; /* of the body, still to be sent */
	int64_t octets; /* sent so far, doubled dots and end mark not counted */
};

#define MULTILINE_ALL     UINT64_MAX
#define MULTILINE_ROOM(n) (2 * (n) + 8) /* output for n octets of input */

/*
 * Begins a message's text, of whose body only so many lines are sent (TOP);
 * MULTILINE_ALL for all.
 */
void multiline_begin(struct multiline *m, uint64_t lines);

/*
 * Encodes n octets into out, which has MULTILINE_ROOM(n).  Returns the
 * octets written.  Past the last line wanted it writes nothing more.
 */
size_t multiline_encode(struct multiline *m, const char *in, size_t n,
                        char *out);

/* Have all lines that were asked for been sent? */
bool multiline_full(const struct multiline *m);

/*
 * Ends the text: completes its last line, adds the blank line where the
 * header had none, and the end mark.  Needs MULTILINE_ROOM(0) octets.
 */
size_t multiline_end(struct multiline *m, char *out);

#endif

/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "pop3/multiline.h"

#define COPY_STEP 80 /* octets copied at once: more than most lines have */

void multiline_begin(struct multiline *m, uint64_t lines)
{
	memset(m, 0, sizeof(*m));
	m->lines = lines;
}

bool multiline_full(const struct multiline *m)
{
	return m->in_body && m->lines == 0;
}

static size_t write_line_end(struct multiline *m, char *out)
{
	bool blank = !m->in_line;

	out[0] = '\r';
	out[1] = '\n';
	m->in_line = false;
	m->held_cr = false;
	m->octets += 2;
	if (m->in_body)
		m->lines--;
	else
		m->in_body = blank;
	return 2;
}

/* Writes n octets of a line, at least one, with no LF among them. */
static size_t write_line_part(struct multiline *m, const char *in, size_t n,
                              char *out)
{
	char *to = out;

	if (!m->in_line && !m->held_cr && *in == '.')
		*to++ = '.';
	if (m->held_cr) {
		*to++ = '\r'; /* no LF followed, so it belongs to the line */
		m->octets++;
	}
	m->held_cr = in[n - 1] == '\r';
	if (m->held_cr)
		n--;
	m->in_line = m->in_line || to > out || n > 0;
	memcpy(to, in, n);
	m->octets += (int64_t)n;
	return (size_t)(to - out) + n;
}

/*
 * Copies n octets, and up to COPY_STEP - 1 octets behind them, which both sides
 * have.  Steps of a constant size need no call of memcpy.
 */
static void copy_steps(char *out, const char *in, size_t n)
{
	size_t k;

	for (k = 0; k < n; k += COPY_STEP)
		memcpy(out + k, in + k, COPY_STEP);
}

/*
 * Encodes whole lines, from a line's start on: does what write_line_part and
 * write_line_end do, in a tenth of the time.  Leaves the last COPY_STEP octets
 * to them, for copy_steps.  Moves *in behind what it has encoded.
 */
static size_t write_whole_lines(struct multiline *m, const char **in,
                                const char *end, char *out)
{
	uint64_t lines = m->lines;
	bool body = m->in_body;
	const char *p = *in, *lf;
	size_t n, dots = 0;
	char *to = out;

	for (; end - p > COPY_STEP && !(body && lines == 0); p = lf + 1) {
		lf = memchr(p, '\n', (size_t)(end - p) - COPY_STEP);
		if (!lf)
			break;
		n = (size_t)(lf - p);
		if (*p == '.') {
			*to++ = '.';
			dots++;
		}
		copy_steps(to, p, n);
		n -= n > 0 && lf[-1] == '\r';
		to[n] = '\r';
		to[n + 1] = '\n';
		to += n + 2;
		if (body)
			lines--;
		else
			body = n == 0;
	}
	m->lines = lines;
	m->in_body = body;
	m->octets += to - out - (ptrdiff_t)dots;
	*in = p;
	return (size_t)(to - out);
}

size_t multiline_encode(struct multiline *m, const char *in, size_t n,
                        char *out)
{
	const char *end = in + n, *lf;
	char *to = out;

	while (in < end) {
		if (!m->in_line && !m->held_cr)
			to += write_whole_lines(m, &in, end, to);
		if (multiline_full(m))
			break;
		lf = memchr(in, '\n', (size_t)(end - in));
		if (in < (lf ? lf : end))
			to += write_line_part(
				m, in, (size_t)((lf ? lf : end) - in), to);
		if (!lf)
			break;
		to += write_line_end(m, to);
		in = lf + 1;
	}
	return (size_t)(to - out);
}

size_t multiline_end(struct multiline *m, char *out)
{
	char *to = out;

	if (m->in_line || m->held_cr)
		to += write_line_end(m, to);
	if (!m->in_body)
		to += write_line_end(m, to);
	*to++ = '.';
	*to++ = '\r';
	*to++ = '\n';
	return (size_t)(to - out);
}

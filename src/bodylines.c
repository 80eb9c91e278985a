#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "bodylines.h"

/*
 * Octets are looked at many at a time, and each lane has its own counts of
 * one octet: a block must not overflow them.  A compiler that has no vector
 * unit to make this for makes plain code of it.
 */
#define LANES     16
#define LANE_MOST 32
#define BLOCK     ((size_t)LANE_MOST * LANES)

_Static_assert(2 * LANE_MOST <= UINT8_MAX, "sum() adds two in one octet");

typedef uint8_t lanes __attribute__((vector_size(LANES)));

static lanes load(const char *p)
{
	lanes v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* The sum of all lanes, of which none is greater than LANE_MOST. */
static size_t sum(lanes v)
{
	uint64_t half[2], n;

	memcpy(half, &v, sizeof(v));
	n = half[0] + half[1];
	n = (n & 0x00ff00ff00ff00ff) + (n >> 8 & 0x00ff00ff00ff00ff);
	return n * 0x0001000100010001 >> 48;
}

/*
 * Adds the line ends of n octets, at most a block, to *ends.  Does one of
 * their lines begin with "Fr"?  The r counts, so that nothing is looked for
 * ahead.  A lane that compares true is -1.
 */
static bool count(const char *p, size_t n, struct bodylines *ends)
{
	lanes lf = {0}, crlf = {0}, fr = {0}, here, before, is_lf;
	bool found = false;
	const char *end;

	for (end = p + n; end - p >= LANES; p += LANES) {
		here = load(p);
		before = load(p - 1);
		is_lf = (lanes)(here == '\n');
		lf -= is_lf;
		crlf -= is_lf & (lanes)(before == '\r');
		fr |= (lanes)(here == 'r') & (lanes)(before == 'F') &
		      (lanes)(load(p - 2) == '\n');
	}
	ends->lf += sum(lf);
	ends->crlf += sum(crlf);
	for (; p < end; p++) {
		ends->lf += *p == '\n';
		ends->crlf += *p == '\n' && p[-1] == '\r';
		found = found || (*p == 'r' && p[-1] == 'F' && p[-2] == '\n');
	}
	return found || sum(fr & 1) > 0;
}

static bool is_blank_before(const char *p)
{
	return p[-1] == '\n' &&
	       (p[-2] == '\n' || (p[-2] == '\r' && p[-3] == '\n'));
}

/* The first line from p on that stops the pass and has its F before end. */
static const char *find_start(const char *p, const char *end)
{
	while (p < end) {
		p = memchr(p, 'F', (size_t)(end - p));
		if (!p)
			break;
		if (p[1] == 'r' && is_blank_before(p))
			return p;
		p++;
	}
	return NULL;
}

size_t bodylines_pass(const char *p, size_t n, struct bodylines *ends)
{
	const char *const first = p, *const end = p + n;
	struct bodylines here;
	const char *start;
	size_t k;

	for (; p < end; p += k) {
		k = (size_t)(end - p) < BLOCK ? (size_t)(end - p) : BLOCK;
		here = *ends;
		start = NULL;
		if (count(p, k, &here))
			start = find_start(p > first ? p - 1 : p + 1,
			                   p + k - 1);
		if (start && start > p)
			(void)count(p, (size_t)(start - p), ends);
		if (start)
			return (size_t)(start - first);
		*ends = here;
	}
	return n;
}

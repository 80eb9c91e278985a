/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mbox/bodylines.h"

/*
 * Octets are looked at many at a time.  Each lane has its own count of line
 * ends, which a block must not overflow.  For a processor without a vector
 * unit the compiler makes plain code of this.
 */
#define LANES       16 /* octets looked at at once */
#define LANE_MOST   64
#define BLOCK       ((size_t)LANE_MOST * LANES)
#define FIRST_BLOCK ((size_t)128)
#define FEW         32 /* octets F that are looked at one by one */
#define STEP        ((ptrdiff_t)8 * LANES)

_Static_assert(2 * LANE_MOST <= UINT8_MAX, "sum_lanes adds two in one octet");

/*
 * Functions take lanes by pointer: how values are passed depends on the vector
 * unit that the compiler may use.
 */
typedef uint8_t lanes __attribute__((vector_size(LANES)));

/* What a block has; the LF or CR before its first octet counts as well. */
struct block {
	size_t lf;
	bool cr;     /* a CR */
	bool starts; /* a line that begins with an F */
};

static void load_lanes(lanes *v, const char *p)
{
	memcpy(v, p, sizeof(*v));
}

/* Returns the sum of all lanes, each of at most LANE_MOST. */
static size_t sum_lanes(const lanes *v)
{
	uint64_t half[2], n;

	memcpy(half, v, sizeof(*v));
	n = half[0] + half[1];
	n = (n & 0x00ff00ff00ff00ff) + (n >> 8 & 0x00ff00ff00ff00ff);
	return n * 0x0001000100010001 >> 48;
}

static bool any_lane(const lanes *v)
{
	uint64_t half[2];

	memcpy(half, v, sizeof(*v));
	return (half[0] | half[1]) != 0;
}

/* What the lanes have seen; a lane whose comparison is true is -1. */
struct seen {
	lanes lf, cr, starts;
};

/*
 * Sees the LF or CR before each octet, not the octet itself: one comparison
 * then serves both the count and the line's start.
 */
static inline void see_octets(struct seen *s, const char *p)
{
	lanes before, at, lf;

	load_lanes(&before, p - 1);
	load_lanes(&at, p);
	lf = (lanes)(before == '\n');
	s->lf -= lf;
	s->cr |= (lanes)(before == '\r');
	s->starts |= lf & (lanes)(at == 'F');
}

/* Does the same for 4 * LANES octets, without the cost of a loop. */
static inline void see_four_times(struct seen *s, const char *p)
{
	see_octets(s, p);
	see_octets(s, p + LANES);
	see_octets(s, p + STEP / 4);
	see_octets(s, p + STEP / 4 + LANES);
}

/* Counts what n octets have, at most a block. */
static struct block count_block(const char *p, size_t n)
{
	struct seen s = {{0}, {0}, {0}};
	const char *const end = p + n;
	struct block b;

	for (; end - p >= STEP; p += STEP) {
		see_four_times(&s, p);
		see_four_times(&s, p + STEP / 2);
	}
	for (; end - p >= LANES; p += LANES)
		see_octets(&s, p);
	b.lf = sum_lanes(&s.lf);
	b.cr = any_lane(&s.cr);
	b.starts = any_lane(&s.starts);
	for (; p < end; p++) {
		b.lf += p[-1] == '\n';
		b.cr = b.cr || p[-1] == '\r';
		b.starts = b.starts || (p[-1] == '\n' && *p == 'F');
	}
	return b;
}

/* Returns the LFs after a CR among n octets, at most a block. */
static size_t count_crlf(const char *p, size_t n)
{
	lanes crlf = {0}, before, at;
	const char *const end = p + n, *const last = end - n % LANES;
	size_t found;

	for (; p < last; p += LANES) {
		load_lanes(&before, p - 1);
		load_lanes(&at, p);
		crlf -= (lanes)(at == '\n') & (lanes)(before == '\r');
	}
	found = sum_lanes(&crlf);
	for (; p < end; p++)
		found += *p == '\n' && p[-1] == '\r';
	return found;
}

/* Is the line at p, of a text that ends at end with an LF, a From_ line? */
static bool is_from_line(const char *p, const char *end,
                         struct fromline_date *date)
{
	const char *lf;

	if (p[-1] != '\n' || p[1] != 'r' || p[2] != 'o' || p[3] != 'm' ||
	    p[4] != ' ')
		return false;
	lf = memchr(p, '\n', (size_t)(end - p));
	lf -= lf[-1] == '\r';
	return fromline_has_date(p, (size_t)(lf - p), date);
}

/*
 * Sets *starts to the lanes where a line starts that may begin with "From ".
 * The octets up to p + LANES + 4 belong to the text.
 */
static inline void see_from_starts(lanes *starts, const char *p)
{
	lanes before, at, second, last;

	load_lanes(&before, p - 1);
	load_lanes(&at, p);
	load_lanes(&second, p + 1);
	load_lanes(&last, p + 4);
	*starts = (lanes)(before == '\n') & (lanes)(at == 'F') &
	          (lanes)(second == 'r') & (lanes)(last == ' ');
}

/* Many more octets F may follow FEW that start no From_ line. */
static const char *skip_other_starts(const char *p, const char *end,
                                     const char *last)
{
	lanes starts = {0};

	for (; p < end && last - p >= LANES + 4; p += LANES) {
		see_from_starts(&starts, p);
		if (any_lane(&starts))
			break;
	}
	return p;
}

/* Returns the first From_ line from p on with its F before end, or NULL. */
static const char *find_from_line(const char *p, const char *end,
                                  const char *last, struct fromline_date *date)
{
	int found = 0;

	while (p < end) {
		p = memchr(p, 'F', (size_t)(end - p));
		if (!p)
			break;
		if (is_from_line(p, last, date))
			return p;
		p++;
		if (++found % FEW == 0)
			p = skip_other_starts(p, end, last);
	}
	return NULL;
}

/*
 * Counts the LF before the first octet instead of the last LF passed: what is
 * passed begins and ends at a line's start.  The first blocks are small, so
 * that a mailbox of many From_ lines does not cost a large block for each.
 */
size_t bodylines_pass(const char *p, size_t n, struct bodylines *ret)
{
	const char *const first = p, *const end = p + n;
	const char *start = NULL;
	size_t k, most = FIRST_BLOCK;
	struct block b;

	for (; p < end && !start; p += k) {
		k = (size_t)(end - p) < most ? (size_t)(end - p) : most;
		most = most < BLOCK ? 2 * most : BLOCK;
		b = count_block(p, k);
		if (b.starts)
			start = find_from_line(p > first ? p : p + 1, p + k,
			                       end, &ret->date);
		if (start) {
			k = (size_t)(start - p);
			b = count_block(p, k);
		}
		ret->lf += b.lf;
		if (b.cr)
			ret->crlf += count_crlf(p, k);
	}
	ret->from = start != NULL;
	return (size_t)(p - first);
}

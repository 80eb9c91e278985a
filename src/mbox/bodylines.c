#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mbox/bodylines.h"

/*
 * Octets are looked at many at a time, and each lane has its own count of
 * line ends: a block must not overflow it.  A compiler that has no vector
 * unit to make this for makes plain code of it.
 */
#define LANES     16
#define LANE_MOST 64
#define BLOCK     ((size_t)LANE_MOST * LANES)
#define FIRST     ((size_t)128)
#define FEW       32 /* octets F that are looked at one by one */
#define STEP      ((ptrdiff_t)8 * LANES)

_Static_assert(2 * LANE_MOST <= UINT8_MAX, "sum() adds two in one octet");

/*
 * Functions take them by pointer: how they are passed as values depends on the
 * vector unit that the compiler may use.
 */
typedef uint8_t lanes __attribute__((vector_size(LANES)));

/* What there is in a block. */
struct block {
	size_t lf;
	bool cr;     /* at least one */
	bool starts; /* a line with an F */
};

static void load(lanes *v, const char *p)
{
	memcpy(v, p, sizeof(*v));
}

/* The sum of all lanes, of which none is greater than LANE_MOST. */
static size_t sum(const lanes *v)
{
	uint64_t half[2], n;

	memcpy(half, v, sizeof(*v));
	n = half[0] + half[1];
	n = (n & 0x00ff00ff00ff00ff) + (n >> 8 & 0x00ff00ff00ff00ff);
	return n * 0x0001000100010001 >> 48;
}

static bool any(const lanes *v)
{
	uint64_t half[2];

	memcpy(half, v, sizeof(*v));
	return (half[0] | half[1]) != 0;
}

/* What the lanes have seen; one that compares true is -1. */
struct seen {
	lanes lf, cr, starts;
};

/*
 * Looks at the LFs and CRs *before* each octet, so that one comparison serves
 * both the count and the line's start.
 */
static inline void see(struct seen *s, const char *p)
{
	lanes before, at, lf;

	load(&before, p - 1);
	load(&at, p);
	lf = (lanes)(before == '\n');
	s->lf -= lf;
	s->cr |= (lanes)(before == '\r');
	s->starts |= lf & (lanes)(at == 'F');
}

/* The same of four times LANES octets: a loop would cost as much. */
static inline void see_four(struct seen *s, const char *p)
{
	see(s, p);
	see(s, p + LANES);
	see(s, p + STEP / 4);
	see(s, p + STEP / 4 + LANES);
}

/* Looks at n octets, at most a block. */
static struct block look(const char *p, size_t n)
{
	struct seen s = {{0}, {0}, {0}};
	const char *const end = p + n;
	struct block b;

	for (; end - p >= STEP; p += STEP) {
		see_four(&s, p);
		see_four(&s, p + STEP / 2);
	}
	for (; end - p >= LANES; p += LANES)
		see(&s, p);
	b.lf = sum(&s.lf);
	b.cr = any(&s.cr);
	b.starts = any(&s.starts);
	for (; p < end; p++) {
		b.lf += p[-1] == '\n';
		b.cr = b.cr || p[-1] == '\r';
		b.starts = b.starts || (p[-1] == '\n' && *p == 'F');
	}
	return b;
}

/* The LFs behind a CR among n octets, at most a block. */
static size_t count_crlf(const char *p, size_t n)
{
	lanes crlf = {0}, before, at;
	const char *const end = p + n, *const last = end - n % LANES;
	size_t found;

	for (; p < last; p += LANES) {
		load(&before, p - 1);
		load(&at, p);
		crlf -= (lanes)(at == '\n') & (lanes)(before == '\r');
	}
	found = sum(&crlf);
	for (; p < end; p++)
		found += *p == '\n' && p[-1] == '\r';
	return found;
}

/* A From_ line, of a text that ends at that place, with an LF. */
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
 * Adds the lines' starts with what may be "From " to *starts; the octets up to
 * p + LANES + 4 are of the text.
 */
static inline void see_from(lanes *starts, const char *p)
{
	lanes before, at, second, last;

	load(&before, p - 1);
	load(&at, p);
	load(&second, p + 1);
	load(&last, p + 4);
	*starts = (lanes)(before == '\n') & (lanes)(at == 'F') &
	          (lanes)(second == 'r') & (lanes)(last == ' ');
}

/* Behind some octets F that start no From_ line there may be many. */
static const char *skip_many(const char *p, const char *end, const char *last)
{
	lanes starts = {0};

	for (; p < end && last - p >= LANES + 4; p += LANES) {
		see_from(&starts, p);
		if (any(&starts))
			break;
	}
	return p;
}

/* The first From_ line from p on that has its F before end; or NULL. */
static const char *find_start(const char *p, const char *end, const char *last,
                              struct fromline_date *date)
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
			p = skip_many(p, end, last);
	}
	return NULL;
}

/*
 * The LF before the first octet is counted for the one that is passed last:
 * what is passed begins and ends at a line's start.  Blocks are small at
 * first: who writes many From_ lines is not to have more looked at than that.
 */
size_t bodylines_pass(const char *p, size_t n, struct bodylines *ret)
{
	const char *const first = p, *const end = p + n;
	const char *start = NULL;
	size_t k, most = FIRST;
	struct block b;

	for (; p < end && !start; p += k) {
		k = (size_t)(end - p) < most ? (size_t)(end - p) : most;
		most = most < BLOCK ? 2 * most : BLOCK;
		b = look(p, k);
		if (b.starts)
			start = find_start(p > first ? p : p + 1, p + k, end,
			                   &ret->date);
		if (start) {
			k = (size_t)(start - p);
			b = look(p, k);
		}
		ret->lf += b.lf;
		if (b.cr)
			ret->crlf += count_crlf(p, k);
	}
	ret->from = start != NULL;
	return (size_t)(p - first);
}

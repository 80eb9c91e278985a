#include <endian.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/decimal.h"
#include "mbox/uidl.h"

/* Octets of a part that are collected before they are digested. */
#define ROOM 1024

/* Octets that are looked at at once, and copied. */
#define LANES 16
#define WORDS ((size_t)2 * LANES)

/* As in bodylines.c, functions take them by pointer. */
typedef uint8_t lanes __attribute__((vector_size(LANES)));

/* A digest as the next step takes it. */
struct octets {
	uint64_t high, low;
};

struct uidl_state {
	XXH3_state_t xxh; /* of the part's text, where it is long */
	enum uidl_part part;
	bool open;  /* a part is being made */
	bool blank; /* nothing of its value is there yet, or a space is last */
	bool full;  /* there is more of its text than text has */
	size_t n;
	char text[ROOM];
	unsigned int parts; /* that the message has, a bit for each */
	struct octets digest[UIDL_PARTS];
};

static const struct {
	const char *text;
	size_t n;
} names[UIDL_PARTS] = {
	[UIDL_RECEIVED] = {"received:", 9},
	[UIDL_MESSAGE_ID] = {"message-id:", 11},
	[UIDL_DATE] = {"date:", 5},
	[UIDL_FROM] = {"from:", 5},
	[UIDL_SUBJECT] = {"subject:", 8},
	[UIDL_ENVELOPE] = {"from_:", 6},
};

struct uidl_state *uidl_new(void)
{
	void *s;

	if (posix_memalign(&s, 64, sizeof(struct uidl_state)) != 0)
		return NULL;
	uidl_begin(s);
	return s;
}

void uidl_free(struct uidl_state *s)
{
	free(s);
}

void uidl_begin(struct uidl_state *s)
{
	s->open = false;
	s->parts = 0;
}

static struct octets octets_of(XXH128_hash_t h)
{
	return (struct octets){htobe64(h.high64), htobe64(h.low64)};
}

static void end_part(struct uidl_state *s)
{
	XXH128_hash_t h;

	if (!s->open)
		return;
	s->open = false;
	if (s->n > 0 && s->text[s->n - 1] == ' ')
		s->n--;
	if (s->full) {
		(void)XXH3_128bits_update(&s->xxh, s->text, s->n);
		h = XXH3_128bits_digest(&s->xxh);
	} else {
		h = XXH3_128bits(s->text, s->n);
	}
	s->digest[s->part] = octets_of(h);
	s->parts |= 1U << s->part;
}

void uidl_part(struct uidl_state *s, enum uidl_part part)
{
	end_part(s);
	s->part = part;
	s->open = true;
	s->blank = true;
	s->full = false;
	s->n = names[part].n;
	memcpy(s->text, names[part].text, s->n);
}

/* Makes room for so many octets, at most ROOM / 2. */
static void make_room(struct uidl_state *s, size_t n)
{
	bool space = s->n > 0 && s->text[s->n - 1] == ' ';

	if (n <= ROOM - s->n)
		return;
	if (!s->full)
		(void)XXH3_128bits_reset(&s->xxh);
	s->full = true;
	(void)XXH3_128bits_update(&s->xxh, s->text, s->n - space);
	s->text[0] = ' '; /* which may be the last octet, and go */
	s->n = space;
}

static bool is_blank(char c)
{
	static const bool blanks[UCHAR_MAX + 1] = {
		[' '] = true, ['\t'] = true, ['\r'] = true, ['\n'] = true};

	return blanks[(unsigned char)c];
}

/* Adds the blanks that are no space, or follow one; and some controls. */
static inline void see_blanks(lanes *odd, const char *p)
{
	lanes before, at;

	memcpy(&before, p - 1, sizeof(before));
	memcpy(&at, p, sizeof(at));
	*odd |= (lanes)(at - '\t' <= '\r' - '\t') |
	        ((lanes)(at == ' ') & (lanes)(before == ' '));
}

/*
 * Are all blanks among n octets, more than LANES, single spaces?  The first
 * one follows no other.  False is said, too, where there are some controls.
 */
static bool is_plain(const char *p, size_t n)
{
	const char *const last = p + n - LANES;
	lanes odd = {0};
	uint64_t half[2];

	for (p++; p < last; p += LANES)
		see_blanks(&odd, p);
	see_blanks(&odd, last);
	memcpy(half, &odd, sizeof(half));
	return (half[0] | half[1]) == 0;
}

static void put(struct uidl_state *s, const char *p, size_t n)
{
	memcpy(s->text + s->n, p, n);
	s->n += n;
	s->blank = p[n - 1] == ' ';
}

static void put_space(struct uidl_state *s)
{
	if (!s->blank)
		s->text[s->n++] = ' ';
	s->blank = true;
}

/* Puts octets without the blanks that follow another. */
static void squeeze(struct uidl_state *s, const char *p, const char *end)
{
	char *to = s->text + s->n;
	bool was = s->blank, is;

	for (; p < end; p++) {
		is = is_blank(*p);
		*to = *p;
		if (is)
			*to = ' ';
		to += !(is && was);
		was = is;
	}
	s->blank = was;
	s->n = (size_t)(to - s->text);
}

/* Most runs of blanks are far from each other. */
static void put_words(struct uidl_state *s, const char *p, const char *end)
{
	size_t n;

	for (; p < end; p += n) {
		n = (size_t)(end - p) < WORDS ? (size_t)(end - p) : WORDS;
		if (n > LANES && !is_blank(*p) && is_plain(p, n))
			put(s, p, n);
		else
			squeeze(s, p, p + n);
	}
}

/* Adds octets, at most ROOM / 2, of which there is one at least. */
static void add(struct uidl_state *s, const char *p, size_t n)
{
	const char *const last = p + n - 1, *end = p + n;

	make_room(s, n);
	for (; p < end && is_blank(*p); p++)
		put_space(s);
	for (; p < end && is_blank(end[-1]); end--)
		;
	if (end - p > LANES && is_plain(p, (size_t)(end - p)))
		put(s, p, (size_t)(end - p));
	else
		put_words(s, p, end);
	if (is_blank(*last))
		put_space(s);
}

void uidl_add(struct uidl_state *s, const char *buf, size_t n)
{
	size_t k;

	for (; n > 0; buf += k, n -= k) {
		k = n < ROOM / 2 ? n : ROOM / 2;
		add(s, buf, k);
	}
}

struct uidl uidl_head(struct uidl_state *s)
{
	struct octets digests[UIDL_PARTS];
	XXH128_hash_t h;
	size_t i, n = 0;

	end_part(s);
	for (i = 0; i < UIDL_PARTS; i++)
		if (s->parts >> i & 1)
			digests[n++] = s->digest[i];
	h = XXH3_128bits(digests, n * sizeof(*digests));
	return (struct uidl){.high = h.high64, .low = h.low64};
}

struct uidl uidl_make(struct uidl head, int64_t body_octets)
{
	uint64_t text[3];
	XXH128_hash_t h;

	text[0] = htobe64(head.high);
	text[1] = htobe64(head.low);
	text[2] = htobe64((uint64_t)body_octets);
	h = XXH3_128bits(text, sizeof(text));
	return (struct uidl){.high = h.high64, .low = h.low64};
}

char *uidl_text(struct uidl id, uint32_t twin, char *to)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	int i;

	for (i = 0; i < UIDL_TEXT; i++) {
		*to++ = alphabet[id.high >> 59];
		id.high = id.high << 5 | id.low >> 59;
		id.low <<= 5;
	}
	if (twin > 1) {
		*to++ = '-';
		to = decimal_put(to, twin);
	}
	return to;
}

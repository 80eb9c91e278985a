/* SPDX-License-Identifier: ISC */
#include <endian.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/digest.h"
#include "mbox/uidl.h"

/* Octets of a part that are collected before they are digested. */
#define TEXT_OCTETS 1024

/* Octets that are looked at at once, and copied at once. */
#define LANES       16
#define SPAN_OCTETS ((size_t)2 * LANES)

/* As in bodylines.c, functions take them by pointer. */
typedef uint8_t lanes __attribute__((vector_size(LANES)));

/* A digest as the next step takes it, most significant octet first. */
struct digest_octets {
	uint64_t high, low;
};

struct uidl_state {
	struct digest *digest; /* of the part's text, if that is long */
	enum uidl_part part;
	bool open;  /* a part is being made */
	bool blank; /* its value is empty, or ends in a space */
	bool full;  /* some of its text is in the digest already */
	size_t n;
	char text[TEXT_OCTETS];
	unsigned int parts; /* that the message has, a bit for each */
	struct digest_octets digests[UIDL_PARTS];
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
	struct uidl_state *s;

	s = malloc(sizeof(*s));
	if (!s)
		return NULL;
	s->digest = digest_new();
	if (!s->digest) {
		free(s);
		return NULL;
	}
	uidl_begin(s);
	return s;
}

void uidl_free(struct uidl_state *s)
{
	if (!s)
		return;
	digest_free(s->digest);
	free(s);
}

void uidl_begin(struct uidl_state *s)
{
	s->open = false;
	s->parts = 0;
}

static void end_part(struct uidl_state *s)
{
	struct digest128 d;

	if (!s->open)
		return;
	s->open = false;
	if (s->n > 0 && s->text[s->n - 1] == ' ')
		s->n--;
	if (s->full) {
		digest_add(s->digest, s->text, s->n);
		d = digest_end128(s->digest);
	} else {
		d = digest_of128(s->text, s->n);
	}
	s->digests[s->part] =
		(struct digest_octets){htobe64(d.high), htobe64(d.low)};
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

/*
 * Moves the text to the digest if it has no space for n more octets, at most
 * TEXT_OCTETS / 2.
 */
static void flush_text(struct uidl_state *s, size_t n)
{
	bool space = s->n > 0 && s->text[s->n - 1] == ' ';

	if (n <= TEXT_OCTETS - s->n)
		return;
	if (!s->full)
		digest_begin(s->digest);
	s->full = true;
	digest_add(s->digest, s->text, s->n - space);
	s->text[0] = ' '; /* it may be the value's last octet: end_part */
	s->n = space;
}

static bool is_white(char c)
{
	static const bool white[UCHAR_MAX + 1] = {
		[' '] = true, ['\t'] = true, ['\r'] = true, ['\n'] = true};

	return white[(unsigned char)c];
}

/*
 * Adds to *odd the lanes with a blank that is not a space or that follows a
 * space, and those with some other control characters.
 */
static inline void see_odd_blanks(lanes *odd, const char *p)
{
	lanes before, at;

	memcpy(&before, p - 1, sizeof(before));
	memcpy(&at, p, sizeof(at));
	*odd |= (lanes)(at - '\t' <= '\r' - '\t') |
	        ((lanes)(at == ' ') & (lanes)(before == ' '));
}

/*
 * Are all blanks among n octets, more than LANES, single spaces?  The first
 * octet follows no blank.  Returns false, too, if there are some other
 * control characters.
 */
static bool is_plain(const char *p, size_t n)
{
	const char *const last = p + n - LANES;
	lanes odd = {0};
	uint64_t half[2];

	for (p++; p < last; p += LANES)
		see_odd_blanks(&odd, p);
	see_odd_blanks(&odd, last);
	memcpy(half, &odd, sizeof(half));
	return (half[0] | half[1]) == 0;
}

static void append_plain(struct uidl_state *s, const char *p, size_t n)
{
	memcpy(s->text + s->n, p, n);
	s->n += n;
	s->blank = p[n - 1] == ' ';
}

static void append_space(struct uidl_state *s)
{
	if (!s->blank)
		s->text[s->n++] = ' ';
	s->blank = true;
}

/* Appends octets without the blanks that follow another blank. */
static void append_squeezed(struct uidl_state *s, const char *p,
                            const char *end)
{
	char *to = s->text + s->n;
	bool was = s->blank, is;

	for (; p < end; p++) {
		is = is_white(*p);
		*to = *p;
		if (is)
			*to = ' ';
		to += !(is && was);
		was = is;
	}
	s->blank = was;
	s->n = (size_t)(to - s->text);
}

/* Most runs of blanks are far from each other, and most spans have none. */
static void append_spans(struct uidl_state *s, const char *p, const char *end)
{
	size_t n;

	for (; p < end; p += n) {
		n = (size_t)(end - p) < SPAN_OCTETS ? (size_t)(end - p)
		                                    : SPAN_OCTETS;
		if (n > LANES && !is_white(*p) && is_plain(p, n))
			append_plain(s, p, n);
		else
			append_squeezed(s, p, p + n);
	}
}

/* Adds n octets, at least one and at most TEXT_OCTETS / 2. */
static void add_octets(struct uidl_state *s, const char *p, size_t n)
{
	const char *const last = p + n - 1, *end = p + n;

	flush_text(s, n);
	for (; p < end && is_white(*p); p++)
		append_space(s);
	for (; p < end && is_white(end[-1]); end--)
		;
	if (end - p > LANES && is_plain(p, (size_t)(end - p)))
		append_plain(s, p, (size_t)(end - p));
	else
		append_spans(s, p, end);
	if (is_white(*last))
		append_space(s);
}

void uidl_add(struct uidl_state *s, const char *buf, size_t n)
{
	size_t k;

	for (; n > 0; buf += k, n -= k) {
		k = n < TEXT_OCTETS / 2 ? n : TEXT_OCTETS / 2;
		add_octets(s, buf, k);
	}
}

struct uidl uidl_head(struct uidl_state *s)
{
	struct digest_octets digests[UIDL_PARTS];
	struct digest128 d;
	size_t i, n = 0;

	end_part(s);
	for (i = 0; i < UIDL_PARTS; i++)
		if (s->parts >> i & 1)
			digests[n++] = s->digests[i];
	d = digest_of128(digests, n * sizeof(*digests));
	return (struct uidl){.high = d.high, .low = d.low};
}

struct uidl uidl_make(struct uidl head, int64_t body_octets)
{
	const uint64_t text[] = {htobe64(head.high), htobe64(head.low),
	                         htobe64((uint64_t)body_octets)};
	const struct digest128 d = digest_of128(text, sizeof(text));

	return (struct uidl){.high = d.high, .low = d.low};
}

char *uidl_text(struct uidl id, uint32_t number, char *to)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	int i;

	for (i = 0; i < UIDL_TEXT; i++) {
		*to++ = alphabet[id.high >> 59];
		id.high = id.high << 5 | id.low >> 59;
		id.low <<= 5;
	}
	if (number > 1) {
		*to++ = '-';
		to = decimal_put(to, number);
	}
	return to;
}

/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "adopt/headerkey.h"

#define HEAD 32 /* octets that tell which field a line begins */

struct headerkey_state {
	struct digest *digest;
	enum headerkey_kind kind;
	bool over;  /* the header has ended */
	bool some;  /* an octet was digested */
	bool found; /* a Message-ID field has come */

	/* The line. */
	bool known; /* taken is */
	bool taken; /* its octets are digested */
	size_t n;
	char head[HEAD]; /* its first octets, until taken is known */
	size_t crs;      /* CRs that may belong to its end */
};

static const char *const changing[] = {
	"Content-Length",
	"Lines",
	"Return-Path",
	"Status",
	"X-IMAP",
	"X-IMAPbase",
	"X-Keywords",
	"X-Message-Flag",
	"X-Mozilla-Keys",
	"X-Mozilla-Status",
	"X-Mozilla-Status2",
	"X-Status",
	"X-UID",
	"X-UIDL",
	"X-Yahoo-Newman-Property",
};

struct headerkey_state *headerkey_new(void)
{
	struct headerkey_state *s = calloc(1, sizeof(*s));

	if (s)
		s->digest = digest_new();
	if (!s || s->digest)
		return s;
	free(s);
	return NULL;
}

void headerkey_free(struct headerkey_state *s)
{
	if (!s)
		return;
	digest_free(s->digest);
	free(s);
}

void headerkey_begin(struct headerkey_state *s, enum headerkey_kind kind)
{
	struct digest *const digest = s->digest;

	*s = (struct headerkey_state){.digest = digest,
	                              .kind = kind,
	                              .taken = kind == HEADERKEY_HEADER};
	digest_begin(digest);
}

static bool is_lwsp(char c)
{
	return c == ' ' || c == '\t';
}

static bool has_name(const char *p, size_t n, const char *name)
{
	return n == strlen(name) && strncasecmp(p, name, n) == 0;
}

/* Is the field digested whose name the n octets are? */
static bool is_field_taken(struct headerkey_state *s, const char *p, size_t n)
{
	size_t i;

	if (s->kind == HEADERKEY_MESSAGE_ID) {
		if (s->found || !has_name(p, n, "Message-ID"))
			return false;
		s->found = true;
		return true;
	}
	for (i = 0; i < sizeof(changing) / sizeof(changing[0]); i++)
		if (has_name(p, n, changing[i]))
			return false;
	return true;
}

static void digest_octets(struct headerkey_state *s, const char *p, size_t n)
{
	if (n > 0)
		s->some = true;
	digest_add(s->digest, p, n);
}

/* Adds octets of a line that is digested. */
static void digest_text(struct headerkey_state *s, const char *p, size_t n)
{
	size_t i, from = 0;

	if (s->kind == HEADERKEY_HEADER) {
		digest_octets(s, p, n);
		return;
	}
	for (i = 0; i < n; i++) {
		if (!is_lwsp(p[i]) && p[i] != '\r')
			continue;
		digest_octets(s, p + from, i - from);
		from = i + 1;
	}
	digest_octets(s, p + from, n - from);
}

/* The head tells the line: it goes on with the field before, or begins one. */
static void start_line(struct headerkey_state *s)
{
	const char *colon = memchr(s->head, ':', s->n);
	size_t n = colon ? (size_t)(colon - s->head) : 0, from = 0;

	s->known = true;
	if (!is_lwsp(s->head[0])) {
		while (n > 0 && is_lwsp(s->head[n - 1]))
			n--;
		s->taken = is_field_taken(s, s->head, n);
		if (s->kind == HEADERKEY_MESSAGE_ID && colon)
			from = (size_t)(colon - s->head) + 1;
	}
	if (s->taken)
		digest_text(s, s->head + from, s->n - from);
}

/* Takes octets of a line, which are no part of its end. */
static void take_span(struct headerkey_state *s, const char *p, size_t n)
{
	for (; n > 0 && !s->known; n--) {
		s->head[s->n++] = *p;
		if (*p++ == ':' || s->n == HEAD || is_lwsp(s->head[0]))
			start_line(s);
	}
	if (s->known && s->taken)
		digest_text(s, p, n);
}

static void finish_line(struct headerkey_state *s)
{
	if (!s->known && s->n == 0) {
		s->over = true;
		return;
	}
	if (!s->known)
		start_line(s);
	if (s->taken && s->kind == HEADERKEY_HEADER)
		digest_octets(s, "\n", 1);
	s->known = false;
	s->n = s->crs = 0;
}

bool headerkey_add(struct headerkey_state *s, const char *p, size_t n)
{
	const char *const end = p + n;
	const char *from;

	while (p < end && !s->over) {
		if (*p == '\n') {
			finish_line(s);
			p++;
			continue;
		}
		if (*p == '\r') {
			s->crs++;
			p++;
			continue;
		}
		for (; s->crs > 0; s->crs--)
			take_span(s, "\r", 1);
		for (from = p; p < end && *p != '\n' && *p != '\r';)
			p++;
		take_span(s, from, (size_t)(p - from));
	}
	return !s->over;
}

struct headerkey headerkey_end(struct headerkey_state *s)
{
	if (!s->over)
		finish_line(s);
	s->over = true;
	return (struct headerkey){s->some, digest_end128(s->digest)};
}

int headerkey_compare(const struct headerkey *a, const struct headerkey *b)
{
	if (a->some != b->some)
		return a->some ? 1 : -1;
	if (a->digest.high != b->digest.high)
		return a->digest.high > b->digest.high ? 1 : -1;
	if (a->digest.low != b->digest.low)
		return a->digest.low > b->digest.low ? 1 : -1;
	return 0;
}

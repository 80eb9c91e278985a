#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "digest.h"
#include "fromline.h"
#include "mboxscan.h"

#define TAIL (FROMLINE_TAIL + 1) /* with a CR */

/* First octets of a line, enough to know every field below by. */
#define LEAD 64

enum part { PREAMBLE, HEADER, BODY };

/* What fields have been met in a header. */
enum field {
	RECEIVED = 1 << 0,
	MESSAGE_ID = 1 << 1,
	DATE = 1 << 2,
	FROM = 1 << 3,
	SUBJECT = 1 << 4,
	IDENTIFYING = (1 << 5) - 1, /* the first of each is in the unique-id */
	X_IMAP = 1 << 5,
	INTERNAL_SUBJECT = 1 << 6,
	INTERNAL = X_IMAP | INTERNAL_SUBJECT
};

/* This line whole, and in no other case, is the pseudo message's. */
static const char internal_subject[] =
	"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA";

static const struct {
	const char *start; /* of the line, in any case */
	unsigned int fields;
} known[] = {
	{"Received:", RECEIVED}, {"Message-ID:", MESSAGE_ID},
	{"Date:", DATE},         {"From:", FROM},
	{"Subject:", SUBJECT},   {"X-IMAP:", X_IMAP},
	{"X-IMAPbase:", X_IMAP},
};

/* The line being read, without its LF; it may come in many pieces. */
struct line {
	off_t n;          /* octets so far */
	bool cr;          /* the last of them is a CR */
	bool classified;  /* the following are set */
	bool from;        /* a From_ line, if it ends in a date */
	bool header;      /* part of a header: in the digest */
	bool identifying; /* part of the unique-id */
	bool held_cr;     /* the unique-id lacks a CR before this place */
	char lead[LEAD];
	size_t tail_n;
	char tail[2 * TAIL]; /* of a From_ line */
};

struct mboxscan {
	mboxscan_fn *found;
	void *ctx;
	off_t at; /* where the line being read starts */
	enum part part;
	struct line line;
	bool after_blank;       /* a From_ line may stand here */
	off_t spare;            /* octets of a blank line that ends the body */
	unsigned int seen;      /* fields of this header */
	bool identifying;       /* the last of them is part of the unique-id */
	bool any;               /* a message has been reported */
	int64_t body_octets;    /* with every line end counted as two */
	int64_t content_octets; /* the same up to the last octet of content */
	struct mbox_message m;
	struct uidl head;
	struct uidl_state *uidl;
	struct digest *digest;
};

struct mboxscan *mboxscan_new(mboxscan_fn *found, void *ctx)
{
	struct mboxscan *s;

	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->found = found;
	s->ctx = ctx;
	s->after_blank = true;
	s->uidl = uidl_new();
	s->digest = digest_new();
	if (!s->uidl || !s->digest) {
		mboxscan_free(s);
		return NULL;
	}
	return s;
}

void mboxscan_free(struct mboxscan *s)
{
	if (!s)
		return;
	uidl_free(s->uidl);
	digest_free(s->digest);
	free(s);
}

static bool is_internal_subject(const struct line *l)
{
	size_t n = sizeof(internal_subject) - 1;

	return l->n - l->cr == (off_t)n &&
	       memcmp(l->lead, internal_subject, n) == 0;
}

/* Which fields does a header's line start? */
static unsigned int fields_of(const struct line *l)
{
	size_t i, n, have;

	if (is_internal_subject(l))
		return SUBJECT | INTERNAL_SUBJECT;
	have = l->n < LEAD ? (size_t)l->n : LEAD;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		n = strlen(known[i].start);
		if (n <= have && strncasecmp(l->lead, known[i].start, n) == 0)
			return known[i].fields;
	}
	return 0;
}

static void classify_field(struct mboxscan *s, struct line *l)
{
	unsigned int fields;

	l->header = true;
	if (l->n > 0 && (l->lead[0] == ' ' || l->lead[0] == '\t')) {
		l->identifying = s->identifying; /* the last field, folded */
		return;
	}
	fields = fields_of(l);
	s->identifying = fields & IDENTIFYING & ~s->seen;
	s->seen |= fields;
	l->identifying = s->identifying;
}

/* The line's first octets are here: what is it? */
static void classify(struct mboxscan *s, struct line *l)
{
	l->classified = true;
	if (s->part == HEADER) {
		classify_field(s, l);
		return;
	}
	l->from =
		s->after_blank && l->n >= 5 && memcmp(l->lead, "From ", 5) == 0;
	if (!l->from)
		return;
	l->header = true;
	l->identifying = true;
	uidl_begin(s->uidl);
	digest_begin(s->digest);
}

/* Keeps at least the last TAIL octets of a From_ line. */
static void keep_tail(struct line *l, const char *p, size_t n)
{
	if (n > TAIL) {
		p += n - TAIL;
		n = TAIL;
		l->tail_n = 0; /* what is there does not join */
	}
	if (l->tail_n > sizeof(l->tail) - n) {
		memmove(l->tail, l->tail + l->tail_n - TAIL, TAIL);
		l->tail_n = TAIL;
	}
	memcpy(l->tail + l->tail_n, p, n);
	l->tail_n += n;
}

/* The unique-id takes octets of a line, but not the CR that ends it. */
static void identify(struct mboxscan *s, struct line *l, const char *p,
                     size_t n)
{
	if (l->held_cr)
		uidl_add(s->uidl, "\r", 1);
	l->held_cr = p[n - 1] == '\r';
	uidl_add(s->uidl, p, n - l->held_cr);
}

/* Takes octets, at least one, of a line that has been classified. */
static void take(struct mboxscan *s, struct line *l, const char *p, size_t n)
{
	if (l->header)
		digest_add(s->digest, p, n);
	if (l->identifying)
		identify(s, l, p, n);
	if (l->from)
		keep_tail(l, p, n);
}

/* Takes n octets, at least one, none of them LF. */
static void line_piece(struct mboxscan *s, const char *p, size_t n)
{
	struct line *l = &s->line;
	size_t k;

	l->cr = p[n - 1] == '\r';
	if (!l->classified) {
		k = LEAD - (size_t)l->n;
		k = k < n ? k : n;
		memcpy(l->lead + l->n, p, k);
		l->n += (off_t)k;
		p += k;
		n -= k;
		if (l->n < LEAD)
			return;
		classify(s, l);
		take(s, l, l->lead, LEAD);
	}
	l->n += (off_t)n;
	if (n)
		take(s, l, p, n);
}

static void begin_message(struct mboxscan *s, off_t end)
{
	memset(&s->m, 0, sizeof(s->m));
	s->m.start = s->at;
	s->m.text = s->m.body = s->m.end = end;
	s->part = HEADER;
	s->after_blank = false;
	s->spare = 0;
	s->seen = 0;
	s->identifying = false;
	s->body_octets = s->content_octets = 0;
}

static void end_header(struct mboxscan *s)
{
	s->head = uidl_head(s->uidl);
	s->m.digest = digest_end(s->digest);
	s->m.internal = !s->any && (s->seen & INTERNAL) == INTERNAL;
	s->part = BODY;
}

static int end_message(struct mboxscan *s)
{
	if (s->part == HEADER) {
		end_header(s);
		s->m.octets += 2; /* the blank line it does not have */
	}
	if (s->spare) {
		s->m.end -= s->spare;
		s->m.octets -= 2;
	}
	s->m.uidl = uidl_make(s->head, s->content_octets);
	s->any = true;
	return s->found(s->ctx, &s->m);
}

/* A line of a header or body has ended; length is what it takes in the file. */
static void text_line(struct mboxscan *s, off_t length)
{
	const struct line *l = &s->line;
	bool blank = l->n == l->cr;
	int64_t octets = l->n - l->cr + 2;

	s->m.end += length;
	s->m.octets += octets;
	s->after_blank = blank;
	if (s->part == HEADER) {
		s->m.body = s->m.end;
		if (blank)
			end_header(s);
		return;
	}
	s->spare = blank ? length : 0;
	if (!blank)
		s->content_octets = s->body_octets + l->n - l->cr;
	s->body_octets += octets;
}

static bool is_from_line(const struct line *l)
{
	return l->from && fromline_has_date(l->tail, l->tail_n - l->cr);
}

void mboxscan_from(struct mboxscan *s, off_t at)
{
	s->at = at;
	s->any = at > 0;
}

/* Does what the line, now whole, calls for. */
static int whole_line(struct mboxscan *s, off_t length)
{
	const struct line *l = &s->line;
	int r;

	if (is_from_line(l)) {
		r = s->part == PREAMBLE ? 0 : end_message(s);
		begin_message(s, s->at + length);
		return r;
	}
	if (s->part != PREAMBLE)
		text_line(s, length);
	else if (l->n > l->cr)
		return MBOXSCAN_NOT_MBOX;
	return 0;
}

static int end_line(struct mboxscan *s, bool lf)
{
	struct line *l = &s->line;
	off_t length = l->n + lf;
	int r;

	if (!l->classified) {
		classify(s, l);
		if (l->n)
			take(s, l, l->lead, (size_t)l->n);
	}
	if (l->header && lf)
		digest_add(s->digest, "\n", 1);
	if (l->identifying)
		uidl_add(s->uidl, "\n", 1);
	r = whole_line(s, length);
	s->at += length;
	memset(l, 0, offsetof(struct line, lead));
	l->tail_n = 0;
	return r;
}

/*
 * A whole line of a body, of n octets without its LF, that cannot be a From_
 * line: as line_piece and end_line, but without their work.
 */
static void body_line(struct mboxscan *s, const char *p, size_t n)
{
	s->line.n = (off_t)n;
	s->line.cr = n > 0 && p[n - 1] == '\r';
	text_line(s, (off_t)n + 1);
	s->at += (off_t)n + 1;
	s->line.n = 0;
	s->line.cr = false;
}

int mboxscan_feed(struct mboxscan *s, const char *buf, size_t n)
{
	const char *end = buf + n, *lf;
	int r = 0;

	for (; buf < end && r == 0; buf = lf + 1) {
		lf = memchr(buf, '\n', (size_t)(end - buf));
		if (lf && s->part == BODY && s->line.n == 0 &&
		    !(s->after_blank && *buf == 'F')) {
			body_line(s, buf, (size_t)(lf - buf));
			continue;
		}
		if (buf < (lf ? lf : end))
			line_piece(s, buf, (size_t)((lf ? lf : end) - buf));
		if (!lf)
			break;
		r = end_line(s, true);
	}
	return r;
}

int mboxscan_end(struct mboxscan *s)
{
	int r = 0;

	if (s->line.n > 0)
		r = end_line(s, false);
	if (r == 0 && s->part != PREAMBLE)
		r = end_message(s);
	return r;
}

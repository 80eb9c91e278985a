#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "mbox/bodylines.h"
#include "mbox/fromline.h"
#include "mbox/mboxscan.h"

#define TAIL (FROMLINE_TAIL + 1) /* with a CR */

/* First octets of a line, enough to know every field below by. */
#define LEAD 64

/*
 * The same of a line that begins as a From_ line: with its sender.  Where no
 * blank line is before it, it must be shorter to start a message.
 */
#define FROM      "From "
#define FROM_N    5
#define FROM_LEAD MBOXSCAN_FROM

_Static_assert(FROM_LEAD >= FROM_N + UIDL_SENDER, "the sender is kept");
_Static_assert(LEAD >= FROMLINE_NAME, "and what may follow");

enum part { PREAMBLE, HEADER, BODY };

/* What fields have been met in a header. */
enum field {
	IDENTIFYING = (1 << UIDL_ENVELOPE) - 1, /* the unique-id's parts */
	UNIQUE = 1 << UIDL_RECEIVED | 1 << UIDL_MESSAGE_ID | 1 << UIDL_DATE,
	SUBJECT = 1 << UIDL_SUBJECT,
	X_IMAP = 1 << 8,
	INTERNAL_SUBJECT = 1 << 9,
	INTERNAL_SENDER = 1 << 10, /* of the From_ line */
	INTERNAL = X_IMAP | INTERNAL_SUBJECT | INTERNAL_SENDER,
	MARKS = 1 << 11,    /* another program's */
	DELIVERED = 1 << 12 /* what an MTA or a deliverer writes */
};

/* This line whole, and in no other case, is the pseudo message's. */
static const char internal_subject[] =
	"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA";

struct known {
	const char *start; /* of the line, in any case; NULL: no more */
	size_t n;
	unsigned int fields;
};

#define FIELD(start, fields)                                                   \
	{                                                                      \
		start, sizeof(start) - 1, fields                               \
	}
#define FIELDS(...)                                                            \
	(const struct known[])                                                 \
	{                                                                      \
		__VA_ARGS__,                                                   \
		{                                                              \
			NULL, 0, 0                                             \
		}                                                              \
	}

/* A letter in any case, and some others. */
#define LETTER(c) ((c)&31)

/* By the first letter */
static const struct known *const known[LETTER(-1) + 1] = {
	[LETTER('C')] = FIELDS(FIELD("Content-Length:", MARKS)),
	[LETTER('D')] = FIELDS(FIELD("Date:", 1 << UIDL_DATE),
                               FIELD("Delivered-To:", DELIVERED)),
	[LETTER('F')] = FIELDS(FIELD("From:", 1 << UIDL_FROM)),
	[LETTER('L')] = FIELDS(FIELD("Lines:", MARKS)),
	[LETTER('M')] = FIELDS(FIELD("Message-ID:", 1 << UIDL_MESSAGE_ID)),
	[LETTER('R')] =
		FIELDS(FIELD("Received:", 1 << UIDL_RECEIVED | DELIVERED),
                       FIELD("Return-Path:", DELIVERED)),
	[LETTER('S')] =
		FIELDS(FIELD("Subject:", SUBJECT), FIELD("Status:", MARKS)),
	[LETTER('X')] = FIELDS(
		FIELD("X-Status:", MARKS), FIELD("X-UID:", MARKS),
		FIELD("X-Keywords:", MARKS), FIELD("X-IMAP:", X_IMAP | MARKS),
		FIELD("X-IMAPbase:", X_IMAP | MARKS)),
};

/* A line that comes in many pieces, without its LF. */
struct line {
	off_t n;          /* octets so far */
	bool cr;          /* the last of them is a CR */
	bool classified;  /* the following are set */
	bool from;        /* a From_ line, if it ends in a date */
	bool header;      /* part of a header: in the digest */
	bool identifying; /* part of the unique-id */
	size_t name;      /* the octets of it that are not: a field's name */
	const char *start;
	const char *tail; /* of a From_ line */
	size_t tail_n;
	char kept_start[FROM_LEAD];
	char kept_tail[2 * TAIL];
};

struct mboxscan {
	mboxscan_fn *found;
	void *ctx;
	off_t at; /* where the line being read, or held, starts */
	enum part part;
	struct line line;
	size_t held_n;            /* octets of a line that is held; 0: none */
	char held[FROM_LEAD + 1]; /* it, and its LF: see hold */
	bool after_blank;         /* a From_ line may stand here */
	off_t spare;       /* octets of a blank line that ends the body */
	unsigned int seen; /* fields of this header */
	bool identifying;  /* the last of them is part of the unique-id */
	char sender[UIDL_SENDER]; /* of this message's From_ line */
	size_t sender_n;
	struct fromline_date sent; /* and its date */
	struct fromline_date date; /* of the last From_ line that was read */
	const char *dated;         /* which is there in this piece, or NULL */
	bool any;                  /* the file's first message has been seen */
	int64_t body_octets;       /* with every line end counted as two */
	int64_t content_octets; /* the same up to the last octet of content */
	struct mbox_message m;
	struct uidl head;
	struct uidl_state *uidl;
	struct digest *digest;
	bool digesting;         /* octets of the header are in the digest */
	const char *undigested; /* those of this piece are not, from here on */
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

void mboxscan_from(struct mboxscan *s, off_t at)
{
	s->at = at;
	s->any = true;
}

void mboxscan_free(struct mboxscan *s)
{
	if (!s)
		return;
	uidl_free(s->uidl);
	digest_free(s->digest);
	free(s);
}

/* start: of a line of n octets, without its line end. */
static bool is_internal_subject(const char *start, off_t n)
{
	return n == sizeof(internal_subject) - 1 &&
	       memcmp(start, internal_subject, (size_t)n) == 0;
}

/* Is it the pseudo message's?  UW writes the first, Dovecot the other. */
static bool is_internal_sender(const char *sender, size_t n)
{
	static const char uw[] = "MAILER-DAEMON ", dovecot[] = "MAILER_DAEMON ";
	const size_t all = sizeof(uw) - 1;

	return n >= all && (memcmp(sender, uw, all) == 0 ||
	                    memcmp(sender, dovecot, all) == 0);
}

/*
 * Which fields does a header's line start?  It has n octets, at least one, of
 * which LEAD are there, or all.  *name are the octets of the name and colon.
 */
static unsigned int fields_of(const char *start, off_t n, size_t *name)
{
	const struct known *k = known[LETTER(*start)];
	const size_t have = n < LEAD ? (size_t)n : LEAD;

	if (!k)
		return 0;
	while (k->start && (k->n > have || start[k->n - 1] != ':' ||
	                    strncasecmp(start, k->start, k->n) != 0))
		k++;
	*name = k->n;
	if (k->fields == SUBJECT && is_internal_subject(start, n))
		return SUBJECT | INTERNAL_SUBJECT;
	return k->fields;
}

/*
 * Notes what field a header's line is of, likewise.  Is it part of the
 * unique-id, but for *name octets?
 */
static bool note_field(struct mboxscan *s, const char *start, off_t n,
                       size_t *name)
{
	unsigned int fields = 0, identifying;

	*name = 0;
	if (n > 0 && (*start == ' ' || *start == '\t'))
		return s->identifying; /* the last field, folded */
	if (n > 0)
		fields = fields_of(start, n, name);
	identifying = fields & IDENTIFYING & ~s->seen;
	s->seen |= fields;
	s->identifying = identifying != 0;
	if (identifying)
		uidl_part(s->uidl, (enum uidl_part)__builtin_ctz(identifying));
	return s->identifying;
}

/* Does a line of which n octets are there begin as a From_ line? */
static bool begins_from(const char *p, off_t n)
{
	return n >= FROM_N && memcmp(p, FROM, FROM_N) == 0;
}

/* The line's first octets are here: what is it? */
static void classify(struct mboxscan *s, struct line *l)
{
	l->classified = true;
	if (s->part == HEADER) {
		l->header = true;
		l->identifying =
			note_field(s, l->start, l->n - l->cr, &l->name);
		return;
	}
	l->from = s->after_blank && begins_from(l->start, l->n);
	if (!l->from)
		return;
	l->header = true;
	s->digesting = false;
	s->undigested = NULL;
}

/* Octets of a header that follow those in the digest. */
static void digest_header(struct mboxscan *s, const char *p, size_t n)
{
	if (!s->digesting)
		digest_begin(s->digest);
	s->digesting = true;
	digest_add(s->digest, p, n);
}

/* Keeps at least the last TAIL octets of a From_ line. */
static void keep_tail(struct line *l, const char *p, size_t n)
{
	if (n > TAIL) {
		p += n - TAIL;
		n = TAIL;
		l->tail_n = 0; /* what is there does not join */
	}
	if (l->tail_n > sizeof(l->kept_tail) - n) {
		memmove(l->kept_tail, l->kept_tail + l->tail_n - TAIL, TAIL);
		l->tail_n = TAIL;
	}
	memcpy(l->kept_tail + l->tail_n, p, n);
	l->tail = l->kept_tail;
	l->tail_n += n;
}

/* The unique-id takes octets of a line, but not the field's name. */
static void identify(struct mboxscan *s, struct line *l, const char *p,
                     size_t n)
{
	uidl_add(s->uidl, p + l->name, n - l->name);
	l->name = 0;
}

/* Takes octets, at least one, of a line that has been classified. */
static void take(struct mboxscan *s, struct line *l, const char *p, size_t n)
{
	if (l->header)
		digest_header(s, p, n);
	if (l->identifying)
		identify(s, l, p, n);
	if (l->from)
		keep_tail(l, p, n);
}

/* The first octets of a line that must be there before it is classified. */
static off_t lead(const struct line *l)
{
	return begins_from(l->start, l->n) ? FROM_LEAD : LEAD;
}

/* Keeps octets of a line's lead.  Returns how many there were. */
static size_t keep_start(struct line *l, const char *p, size_t n)
{
	size_t k, kept = 0;

	l->start = l->kept_start;
	while (kept < n && l->n < lead(l)) {
		k = (size_t)(lead(l) - l->n);
		k = k < n - kept ? k : n - kept;
		memcpy(l->kept_start + l->n, p + kept, k);
		l->n += (off_t)k;
		kept += k;
	}
	return kept;
}

/* Its From_ line is read; end is behind it. */
static void begin_message(struct mboxscan *s, const char *sender, size_t n,
                          off_t end)
{
	memset(&s->m, 0, sizeof(s->m));
	s->m.start = s->at;
	s->m.text = s->m.body = s->m.end = end;
	s->part = HEADER;
	s->after_blank = false;
	s->spare = 0;
	s->seen = is_internal_sender(sender, n) ? INTERNAL_SENDER : 0;
	s->sender_n = n < UIDL_SENDER ? n : UIDL_SENDER;
	memcpy(s->sender, sender, s->sender_n);
	s->sent = s->date;
	uidl_begin(s->uidl);
	s->identifying = false;
	s->body_octets = s->content_octets = 0;
}

/* The unique-id's last part, of a message that has little to know it by. */
static void identify_envelope(struct mboxscan *s)
{
	const struct fromline_date *d = &s->sent;
	char time[80];
	int n;

	n = snprintf(time, sizeof(time), " %04d%02d%02d%02d%02d%02d", d->year,
	             d->month, d->day, d->hour, d->minute, d->second);
	uidl_part(s->uidl, UIDL_ENVELOPE);
	uidl_add(s->uidl, s->sender, s->sender_n);
	uidl_add(s->uidl, time, (size_t)n);
}

/* The header ends; next is behind the last octet fed of it. */
static void end_header(struct mboxscan *s, const char *next)
{
	const char *p = s->undigested;

	if (p && !s->digesting) {
		s->m.digest = digest_of(p, (size_t)(next - p));
	} else {
		if (p)
			digest_header(s, p, (size_t)(next - p));
		s->m.digest = digest_end(s->digest);
	}
	s->undigested = NULL;
	if (!(s->seen & UNIQUE))
		identify_envelope(s);
	s->head = uidl_head(s->uidl);
	s->m.internal = !s->any && (s->seen & INTERNAL) == INTERNAL &&
	                !(s->seen & DELIVERED);
	s->m.flagged = s->seen & MARKS;
	s->part = BODY;
}

/* next is behind the last octet fed of it. */
static int end_message(struct mboxscan *s, const char *next)
{
	if (s->part == HEADER) {
		end_header(s, next);
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

/*
 * A line of a header or body has ended, of n octets without its line end;
 * length is what it takes in the file, and next is behind it.
 */
static void text_line(struct mboxscan *s, off_t n, off_t length,
                      const char *next)
{
	bool blank = n == 0;
	int64_t octets = n + 2;

	s->m.end += length;
	s->m.octets += octets;
	s->after_blank = blank;
	if (s->part == HEADER) {
		s->m.body = s->m.end;
		if (blank)
			end_header(s, next);
		return;
	}
	s->spare = blank ? length : 0;
	if (!blank)
		s->content_octets = s->body_octets + n;
	s->body_octets += octets;
}

/*
 * A From_ line that takes length in the file starts a message; s->date is its
 * date.  next is behind what was fed of the message before.
 */
static int start_message(struct mboxscan *s, const char *sender, size_t n,
                         off_t length, const char *next)
{
	int r = s->part == PREAMBLE ? 0 : end_message(s, next);

	begin_message(s, sender, n, s->at + length);
	s->at += length;
	return r;
}

/* The same of one that is whole in memory; lf is its end. */
static int start(struct mboxscan *s, const char *p, const char *lf)
{
	const char *sender = p + FROM_N;
	int r;

	r = start_message(s, sender, (size_t)(s->date.at - sender), lf + 1 - p,
	                  p);
	s->digesting = false;
	return r;
}

/* A line of a header that is whole in memory; lf is its end. */
static inline void header_line(struct mboxscan *s, const char *p,
                               const char *lf)
{
	const off_t all = lf - p, n = all - (all > 0 && lf[-1] == '\r');
	size_t name;

	if (note_field(s, p, n, &name))
		uidl_add(s->uidl, p + name, (size_t)(lf + 1 - p) - name);
	text_line(s, n, all + 1, lf + 1);
	s->at += all + 1;
}

/* Any line that is whole in memory, and starts no message. */
static int text(struct mboxscan *s, const char *p, const char *lf)
{
	const off_t all = lf - p, n = all - (all > 0 && lf[-1] == '\r');

	if (s->part == PREAMBLE && n > 0)
		return MBOXSCAN_NOT_MBOX;
	if (s->part == HEADER) {
		header_line(s, p, lf);
		return 0;
	}
	if (s->part == BODY)
		text_line(s, n, all + 1, lf + 1);
	s->at += all + 1;
	return 0;
}

/* Is that, without its LF, a From_ line?  s->date is its date then. */
static bool is_from_line(struct mboxscan *s, const char *p, size_t n)
{
	n -= n > 0 && p[n - 1] == '\r';
	return begins_from(p, (off_t)n) && fromline_has_date(p, n, &s->date);
}

/*
 * A From_ line without a blank line before it starts a message if a header
 * field follows.  Until enough of the next line is here the line is held, as
 * if it had not been fed.
 */
static void hold(struct mboxscan *s, const char *p, size_t n)
{
	memcpy(s->held, p, n);
	s->held[n] = '\n';
	s->held_n = n;
	if (s->undigested)
		digest_header(s, s->undigested, (size_t)(p - s->undigested));
	s->undigested = NULL;
}

/* Of the line behind the one that is held, LEAD octets are here, or all. */
static int settle(struct mboxscan *s, const char *next, size_t n)
{
	const char *const p = s->held, *const lf = p + s->held_n;
	int r;

	if (s->held_n == 0)
		return 0;
	if (fromline_is_followed(next, n) && is_from_line(s, p, s->held_n))
		r = start(s, p, lf);
	else
		r = text(s, p, lf);
	if (s->part == HEADER)
		digest_header(s, p, s->held_n + 1);
	s->held_n = 0;
	return r;
}

static int classify_and_take(struct mboxscan *s, struct line *l)
{
	int r = settle(s, l->start, (size_t)l->n);

	if (r == 0) {
		classify(s, l);
		take(s, l, l->start, (size_t)l->n);
	}
	return r;
}

/* Takes n octets, at least one, none of them LF. */
static int line_piece(struct mboxscan *s, const char *p, size_t n)
{
	struct line *l = &s->line;
	size_t k;
	int r;

	l->cr = p[n - 1] == '\r';
	if (!l->classified) {
		k = keep_start(l, p, n);
		p += k;
		n -= k;
		if (l->n < lead(l))
			return 0;
		r = classify_and_take(s, l);
		if (r != 0)
			return r;
	}
	l->n += (off_t)n;
	if (n)
		take(s, l, p, n);
	return 0;
}

/* The octets of a From_ line's sender; s->date is its date. */
static size_t sender_octets(const struct mboxscan *s, const struct line *l)
{
	const off_t date = l->tail + l->tail_n - s->date.at;

	return (size_t)(l->n - FROM_N - date);
}

/* Does what the line calls for. */
static int end_line(struct mboxscan *s, const struct line *l, off_t length)
{
	const off_t n = l->n - l->cr;
	int r = 0;

	if (l->from && fromline_has_date(l->tail, l->tail_n - l->cr, &s->date))
		return start_message(s, l->start + FROM_N, sender_octets(s, l),
		                     length, NULL);
	if (s->part != PREAMBLE)
		text_line(s, n, length, NULL);
	else if (n > 0)
		r = MBOXSCAN_NOT_MBOX;
	s->at += length;
	return r;
}

/* The line has its LF, and is held. */
static bool is_held(struct mboxscan *s, const struct line *l)
{
	if (s->part == PREAMBLE || s->after_blank ||
	    !is_from_line(s, l->start, (size_t)l->n))
		return false;
	hold(s, l->start, (size_t)l->n);
	return true;
}

/* Ends a line that came in pieces, and is ready for the next one. */
static int end_pieces(struct mboxscan *s, bool lf)
{
	struct line *l = &s->line;
	bool held = false;
	int r = 0;

	if (!l->classified)
		r = settle(s, l->start, (size_t)l->n);
	if (r == 0 && !l->classified && lf)
		held = is_held(s, l);
	if (r == 0 && !l->classified && !held)
		r = classify_and_take(s, l);
	if (r == 0 && l->header && lf)
		digest_header(s, "\n", 1);
	if (r == 0 && l->identifying)
		identify(s, l, "\n", 1);
	if (r == 0 && !held)
		r = end_line(s, l, l->n + lf);
	memset(l, 0, offsetof(struct line, kept_start));
	return r;
}

/*
 * The octets of a blank line that ends before p; an LF stands before the text,
 * and no octet before that is looked at.
 */
static size_t blank_before(const char *p)
{
	if (p[-2] == '\n')
		return 1;
	return p[-2] == '\r' && p[-3] == '\n' ? 2 : 0;
}

/* Whole lines from p to end, at least one, have been added to a body. */
static void look_back(struct mboxscan *s, const char *p, const char *end)
{
	int64_t blanks = 0;
	size_t k;

	s->spare = (off_t)blank_before(end);
	s->after_blank = s->spare > 0;
	for (; end > p; end -= k) {
		k = blank_before(end);
		if (k == 0)
			break;
		blanks += 2;
	}
	if (end > p)
		s->content_octets = s->body_octets - blanks - 2;
}

/*
 * Lines of a body, of which the first cannot start a message: as text for each,
 * but without its work.  Returns how far it got.
 */
static const char *body_lines(struct mboxscan *s, const char *p,
                              const char *end)
{
	struct bodylines ends = {.lf = 0};
	int64_t octets;
	size_t n;

	n = bodylines_pass(p, (size_t)(end - p), &ends);
	octets = (int64_t)(n + ends.lf - ends.crlf);
	s->at += (off_t)n;
	s->m.end += (off_t)n;
	s->m.octets += octets;
	s->body_octets += octets;
	look_back(s, p, p + n);
	if (ends.from) {
		s->date = ends.date;
		s->dated = p + n;
	}
	return p + n;
}

/*
 * A line that begins as a From_ line; lf is its end, and end that of this
 * piece.
 */
static int from_line(struct mboxscan *s, const char *p, const char *lf,
                     const char *end)
{
	const size_t n = (size_t)(lf - p), next = (size_t)(end - lf - 1);
	bool starts = s->after_blank;
	int r;

	if ((p != s->dated && !is_from_line(s, p, n)) ||
	    (!starts && n >= FROM_LEAD))
		return text(s, p, lf);
	if (!starts && next < LEAD && !memchr(lf + 1, '\n', next)) {
		hold(s, p, n);
		return 0;
	}
	if (!starts && !fromline_is_followed(lf + 1, next))
		return text(s, p, lf);
	r = start(s, p, lf);
	s->undigested = p;
	return r;
}

/*
 * Takes the lines of a piece from p on that end before last, at least one.
 * The octets from piece up to end belong to it as well.
 */
static int whole_lines(struct mboxscan *s, const char *piece, const char *p,
                       const char *last, const char *end)
{
	const char *lf = memchr(p, '\n', (size_t)(last - p));
	int r = settle(s, p, (size_t)(lf - p));

	s->undigested = s->part == HEADER ? p : NULL;
	s->dated = NULL;
	while (p < last && r == 0) {
		if (s->part == BODY && p > piece && !begins_from(p, last - p)) {
			p = body_lines(s, p, last);
			continue;
		}
		lf = memchr(p, '\n', (size_t)(last - p));
		if (begins_from(p, lf - p))
			r = from_line(s, p, lf, end);
		else if (s->part == HEADER)
			header_line(s, p, lf);
		else
			r = text(s, p, lf);
		p = lf + 1;
	}
	if (s->part == HEADER && s->undigested)
		digest_header(s, s->undigested, (size_t)(p - s->undigested));
	s->undigested = NULL;
	return r;
}

int mboxscan_feed(struct mboxscan *s, const char *buf, size_t n)
{
	const char *const end = buf + n;
	const char *p = buf, *lf, *last;
	int r = 0;

	last = memrchr(buf, '\n', n);
	last = last ? last + 1 : buf;
	if (last > buf && s->line.n > 0) {
		lf = memchr(buf, '\n', n);
		if (lf > buf)
			r = line_piece(s, buf, (size_t)(lf - buf));
		if (r == 0)
			r = end_pieces(s, true);
		p = lf + 1;
	}
	if (p < last && r == 0)
		r = whole_lines(s, buf, p, last, end);
	if (r == 0 && last < end)
		r = line_piece(s, last, (size_t)(end - last));
	return r;
}

int mboxscan_end(struct mboxscan *s)
{
	int r;

	if (s->line.n > 0)
		r = end_pieces(s, false);
	else
		r = settle(s, "", 0);
	if (r == 0 && s->part != PREAMBLE)
		r = end_message(s, NULL);
	return r;
}

/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "mbox/bodylines.h"
#include "mbox/fromline.h"
#include "mbox/mboxscan.h"

/* The first octets of a line, enough to tell every field below. */
#define FIELD_LEAD 64

/* The same of a line that begins as a From_ line does: with its sender. */
#define FROM_LEAD MBOXSCAN_FROM

_Static_assert(FROM_LEAD >= FROMLINE_START_N + UIDL_SENDER,
               "the lead has the whole sender");
_Static_assert(FIELD_LEAD >= FROMLINE_NAME, "the lead tells a field");

enum part { PREAMBLE, HEADER, BODY };

/* Kinds of fields; a header's set of them says which it has. */
enum field {
	IDENTIFYING = (1 << UIDL_ENVELOPE) - 1, /* parts of the unique-id */
	UNIQUE = 1 << UIDL_RECEIVED | 1 << UIDL_MESSAGE_ID | 1 << UIDL_DATE,
	SUBJECT = 1 << UIDL_SUBJECT,
	X_IMAP = 1 << 8,
	INTERNAL_SUBJECT = 1 << 9,
	INTERNAL_SENDER = 1 << 10, /* of the From_ line */
	INTERNAL = X_IMAP | INTERNAL_SUBJECT | INTERNAL_SENDER,
	MARKS = 1 << 11,    /* other mail programs write them */
	DELIVERED = 1 << 12 /* MTAs and deliverers write them */
};

/* The pseudo message has this line, to the letter. */
static const char internal_subject[] =
	"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA";

struct known {
	const char *start; /* of the line, in any case; NULL ends the list */
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

/* The same for both cases of a letter, and for some other characters. */
#define LETTER(c) ((c)&31)

/* The fields by their first letter. */
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
	size_t name;      /* octets of the field's name, not in the id */
	struct fromline_tail tail; /* of a From_ line */
	char lead[FROM_LEAD];
};

struct mboxscan {
	mboxscan_fn *found;
	void *ctx;
	off_t at; /* where the line being read, or held, starts */
	enum part part;
	struct line line;
	size_t held_n;            /* octets of a line that is held; 0: none */
	char held[FROM_LEAD + 1]; /* the line and its LF: see hold_line */
	bool after_blank;         /* a From_ line may stand here */
	off_t blank_end;   /* octets of a blank line that ends the body */
	unsigned int seen; /* kinds of fields in this header */
	bool identifying;  /* the last field is part of the unique-id */
	char sender[UIDL_SENDER]; /* of this message's From_ line */
	size_t sender_n;
	struct fromline_date sent; /* the same line's date */
	struct fromline_date date; /* of the last From_ line that was read */
	const char *dated;         /* that line, in this piece; or NULL */
	bool any;                  /* the file's first message has been seen */
	int64_t body_octets;       /* with every line end counted as two */
	int64_t content_octets;    /* the same without line ends at the end */
	struct mbox_message m;
	struct uidl head;
	struct uidl_state *uidl;
	struct digest *digest;  /* of the header, which may come in pieces */
	bool digesting;         /* octets of the header are in the digest */
	const char *undigested; /* in this piece, the header's first octet that
	                           is not in the digest; or NULL */
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

/* Is this the sender of the pseudo message, which UW or Dovecot wrote? */
static bool is_internal_sender(const char *sender, size_t n)
{
	static const char uw[] = "MAILER-DAEMON ", dovecot[] = "MAILER_DAEMON ";
	const size_t all = sizeof(uw) - 1;

	return n >= all && (memcmp(sender, uw, all) == 0 ||
	                    memcmp(sender, dovecot, all) == 0);
}

/*
 * Returns the kinds of the field that a header's line starts.  The line has n
 * octets, at least one, of which all or FIELD_LEAD are at start.  Sets *name
 * to the octets of a known field's name and colon.
 */
static unsigned int find_fields(const char *start, off_t n, size_t *name)
{
	const struct known *k = known[LETTER(*start)];
	const size_t have = n < FIELD_LEAD ? (size_t)n : FIELD_LEAD;

	if (!k)
		return 0;
	while (k->start && (k->n > have || start[k->n - 1] != ':' ||
	                    strncasecmp(start, k->start, k->n) != 0))
		k++;
	*name = k->n;
	if (k->fields == SUBJECT && n == sizeof(internal_subject) - 1 &&
	    memcmp(start, internal_subject, (size_t)n) == 0)
		return SUBJECT | INTERNAL_SUBJECT;
	return k->fields;
}

/*
 * Notes the field of a header's line, as find_fields has it.  Returns whether
 * the line is part of the unique-id, apart from its first *name octets.
 */
static bool note_field(struct mboxscan *s, const char *start, off_t n,
                       size_t *name)
{
	unsigned int fields = 0, identifying;

	*name = 0;
	if (n > 0 && (*start == ' ' || *start == '\t'))
		return s->identifying; /* the last field, folded */
	if (n > 0)
		fields = find_fields(start, n, name);
	identifying = fields & IDENTIFYING & ~s->seen;
	s->seen |= fields;
	s->identifying = identifying != 0;
	if (identifying)
		uidl_part(s->uidl, (enum uidl_part)__builtin_ctz(identifying));
	return s->identifying;
}

/* Does a line, of which n octets are at p, begin as a From_ line does? */
static bool begins_from(const char *p, off_t n)
{
	return n >= FROMLINE_START_N &&
	       memcmp(p, FROMLINE_START, FROMLINE_START_N) == 0;
}

/* Finds out what a line is by its lead. */
static void classify_line(struct mboxscan *s, struct line *l)
{
	l->classified = true;
	if (s->part == HEADER) {
		l->header = true;
		l->identifying = note_field(s, l->lead, l->n - l->cr, &l->name);
		return;
	}
	l->from = s->after_blank && begins_from(l->lead, l->n);
	if (!l->from)
		return;
	l->header = true;
	s->digesting = false;
	s->undigested = NULL;
}

/* Adds octets of a header to the digest. */
static void digest_header(struct mboxscan *s, const char *p, size_t n)
{
	if (!s->digesting)
		digest_begin(s->digest);
	s->digesting = true;
	digest_add(s->digest, p, n);
}

/* Adds octets of a line to the unique-id, but not the field's name. */
static void identify_by(struct mboxscan *s, struct line *l, const char *p,
                        size_t n)
{
	uidl_add(s->uidl, p + l->name, n - l->name);
	l->name = 0;
}

/* Takes octets, at least one, of a line that has been classified. */
static void take_octets(struct mboxscan *s, struct line *l, const char *p,
                        size_t n)
{
	if (l->header)
		digest_header(s, p, n);
	if (l->identifying)
		identify_by(s, l, p, n);
	if (l->from)
		fromline_keep_tail(&l->tail, p, n);
}

/* The octets of a line that must be there before it is classified. */
static off_t lead_needed(const struct line *l)
{
	return begins_from(l->lead, l->n) ? FROM_LEAD : FIELD_LEAD;
}

/* Keeps octets of a line's lead.  Returns how many of n belong to it. */
static size_t keep_lead(struct line *l, const char *p, size_t n)
{
	size_t k, kept = 0;

	while (kept < n && l->n < lead_needed(l)) {
		k = (size_t)(lead_needed(l) - l->n);
		k = k < n - kept ? k : n - kept;
		memcpy(l->lead + l->n, p + kept, k);
		l->n += (off_t)k;
		kept += k;
	}
	return kept;
}

/* Begins a message whose From_ line ends before end. */
static void reset_message(struct mboxscan *s, const char *sender, size_t n,
                          off_t end)
{
	memset(&s->m, 0, sizeof(s->m));
	s->m.start = s->at;
	s->m.text = s->m.body = s->m.end = end;
	s->part = HEADER;
	s->after_blank = false;
	s->blank_end = 0;
	s->seen = is_internal_sender(sender, n) ? INTERNAL_SENDER : 0;
	s->sender_n = n < UIDL_SENDER ? n : UIDL_SENDER;
	memcpy(s->sender, sender, s->sender_n);
	s->sent = s->date;
	uidl_begin(s->uidl);
	s->identifying = false;
	s->body_octets = s->content_octets = 0;
}

/* Adds the unique-id's last part, for a message with none of UNIQUE. */
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

/* Ends the header, whose last octet in this piece is before next. */
static void finish_header(struct mboxscan *s, const char *next)
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

/* Ends and reports a message, likewise. */
static int report_message(struct mboxscan *s, const char *next)
{
	if (s->part == HEADER) {
		finish_header(s, next);
		s->m.octets += 2; /* for the blank line it lacks */
	}
	if (s->blank_end) {
		s->m.end -= s->blank_end;
		s->m.octets -= 2;
	}
	s->m.uidl = uidl_make(s->head, s->content_octets);
	s->any = true;
	return s->found(s->ctx, &s->m);
}

/*
 * Counts a line of a header or body that has ended: n octets without its line
 * end, and length with it.  If the line is in this piece, it ends before next.
 */
static void count_line(struct mboxscan *s, off_t n, off_t length,
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
			finish_header(s, next);
		return;
	}
	s->blank_end = blank ? length : 0;
	if (!blank)
		s->content_octets = s->body_octets + n;
	s->body_octets += octets;
}

/*
 * Starts a message at a From_ line of length octets with its line end, whose
 * date is s->date.  The message before it ends, in this piece, before next.
 */
static int start_message(struct mboxscan *s, const char *sender, size_t n,
                         off_t length, const char *next)
{
	int r = s->part == PREAMBLE ? 0 : report_message(s, next);

	reset_message(s, sender, n, s->at + length);
	s->at += length;
	return r;
}

/* The same for a line that is whole in memory, up to its LF. */
static int start_in_memory(struct mboxscan *s, const char *p, const char *lf)
{
	const char *sender = p + FROMLINE_START_N;
	int r;

	r = start_message(s, sender, (size_t)(s->date.at - sender), lf + 1 - p,
	                  p);
	s->digesting = false;
	return r;
}

/* Takes a header's line that is whole in memory, up to its LF. */
static inline void take_header_line(struct mboxscan *s, const char *p,
                                    const char *lf)
{
	const off_t all = lf - p, n = all - (all > 0 && lf[-1] == '\r');
	size_t name;

	if (note_field(s, p, n, &name))
		uidl_add(s->uidl, p + name, (size_t)(lf + 1 - p) - name);
	count_line(s, n, all + 1, lf + 1);
	s->at += all + 1;
}

/* Takes any line that is whole in memory and starts no message. */
static int take_text_line(struct mboxscan *s, const char *p, const char *lf)
{
	const off_t all = lf - p, n = all - (all > 0 && lf[-1] == '\r');

	if (s->part == PREAMBLE && n > 0)
		return MBOXSCAN_NOT_MBOX;
	if (s->part == HEADER) {
		take_header_line(s, p, lf);
		return 0;
	}
	if (s->part == BODY)
		count_line(s, n, all + 1, lf + 1);
	s->at += all + 1;
	return 0;
}

/* Is that a From_ line, without its LF?  Sets s->date to its date then. */
static bool has_from_date(struct mboxscan *s, const char *p, size_t n)
{
	n -= n > 0 && p[n - 1] == '\r';
	return begins_from(p, (off_t)n) && fromline_has_date(p, n, &s->date);
}

/*
 * A From_ line without a blank line before it starts a message only if a
 * header field follows.  Until enough octets of the next line are here, holds
 * the line as if it had not been fed.
 */
static void hold_line(struct mboxscan *s, const char *p, size_t n)
{
	memcpy(s->held, p, n);
	s->held[n] = '\n';
	s->held_n = n;
	if (s->undigested)
		digest_header(s, s->undigested, (size_t)(p - s->undigested));
	s->undigested = NULL;
}

/*
 * Takes the line that is held, if there is one.  Of the line after it, all
 * octets or FIELD_LEAD are at next.
 */
static int settle_held(struct mboxscan *s, const char *next, size_t n)
{
	const char *const p = s->held, *const lf = p + s->held_n;
	int r;

	if (s->held_n == 0)
		return 0;
	if (fromline_is_followed(next, n) && has_from_date(s, p, s->held_n))
		r = start_in_memory(s, p, lf);
	else
		r = take_text_line(s, p, lf);
	if (s->part == HEADER)
		digest_header(s, p, s->held_n + 1);
	s->held_n = 0;
	return r;
}

static int classify_and_take(struct mboxscan *s, struct line *l)
{
	int r = settle_held(s, l->lead, (size_t)l->n);

	if (r == 0) {
		classify_line(s, l);
		take_octets(s, l, l->lead, (size_t)l->n);
	}
	return r;
}

/* Takes n octets of a line, at least one, and none of them an LF. */
static int take_piece(struct mboxscan *s, const char *p, size_t n)
{
	struct line *l = &s->line;
	size_t k;
	int r;

	l->cr = p[n - 1] == '\r';
	if (!l->classified) {
		k = keep_lead(l, p, n);
		p += k;
		n -= k;
		if (l->n < lead_needed(l))
			return 0;
		r = classify_and_take(s, l);
		if (r != 0)
			return r;
	}
	l->n += (off_t)n;
	if (n)
		take_octets(s, l, p, n);
	return 0;
}

/* The octets of a From_ line's sender; s->date is its date. */
static size_t sender_octets(const struct mboxscan *s, const struct line *l)
{
	const struct fromline_tail *t = &l->tail;
	const off_t date = t->octets + t->n - s->date.at;

	return (size_t)(l->n - FROMLINE_START_N - date);
}

/* Takes the end of a line that has been classified. */
static int end_classified_line(struct mboxscan *s, const struct line *l,
                               off_t length)
{
	const off_t n = l->n - l->cr;
	int r = 0;

	if (l->from &&
	    fromline_has_date(l->tail.octets, l->tail.n - l->cr, &s->date))
		return start_message(s, l->lead + FROMLINE_START_N,
		                     sender_octets(s, l), length, NULL);
	if (s->part != PREAMBLE)
		count_line(s, n, length, NULL);
	else if (n > 0)
		r = MBOXSCAN_NOT_MBOX;
	s->at += length;
	return r;
}

/* Holds a line that has got its LF, if it must be held. */
static bool try_hold(struct mboxscan *s, const struct line *l)
{
	if (s->part == PREAMBLE || s->after_blank ||
	    !has_from_date(s, l->lead, (size_t)l->n))
		return false;
	hold_line(s, l->lead, (size_t)l->n);
	return true;
}

/* Ends a line that came in pieces; lf: with an LF. */
static int end_split_line(struct mboxscan *s, bool lf)
{
	struct line *l = &s->line;
	bool held = false;
	int r = 0;

	if (!l->classified)
		r = settle_held(s, l->lead, (size_t)l->n);
	if (r == 0 && !l->classified && lf)
		held = try_hold(s, l);
	if (r == 0 && !l->classified && !held)
		r = classify_and_take(s, l);
	if (r == 0 && l->header && lf)
		digest_header(s, "\n", 1);
	if (r == 0 && l->identifying)
		identify_by(s, l, "\n", 1);
	if (r == 0 && !held)
		r = end_classified_line(s, l, l->n + lf);
	memset(l, 0, offsetof(struct line, tail.octets));
	return r;
}

/*
 * Returns the octets of a blank line that ends before p, or 0.  An LF stands
 * before the text, and no octet before that LF is read.
 */
static size_t octets_of_blank(const char *p)
{
	if (p[-2] == '\n')
		return 1;
	return p[-2] == '\r' && p[-3] == '\n' ? 2 : 0;
}

/*
 * Notes the blank lines at the end of whole lines, from p to end, that have
 * been counted in a body.
 */
static void note_last_lines(struct mboxscan *s, const char *p, const char *end)
{
	int64_t blanks = 0;
	size_t k;

	s->blank_end = (off_t)octets_of_blank(end);
	s->after_blank = s->blank_end > 0;
	for (; end > p; end -= k) {
		k = octets_of_blank(end);
		if (k == 0)
			break;
		blanks += 2;
	}
	if (end > p)
		s->content_octets = s->body_octets - blanks - 2;
}

/*
 * Takes lines of a body up to one that may start a message; the first cannot.
 * Does what take_text_line does with each line, but for all at once.  Returns
 * the end of the lines taken.
 */
static const char *take_body_lines(struct mboxscan *s, const char *p,
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
	note_last_lines(s, p, p + n);
	if (ends.from) {
		s->date = ends.date;
		s->dated = p + n;
	}
	return p + n;
}

/*
 * Takes a line that begins as a From_ line does, up to its LF; the octets up
 * to end are here.
 */
static int take_from_line(struct mboxscan *s, const char *p, const char *lf,
                          const char *end)
{
	const size_t n = (size_t)(lf - p), next = (size_t)(end - lf - 1);
	bool starts = s->after_blank;
	int r;

	if ((p != s->dated && !has_from_date(s, p, n)) ||
	    (!starts && n >= FROM_LEAD))
		return take_text_line(s, p, lf);
	if (!starts && next < FIELD_LEAD && !memchr(lf + 1, '\n', next)) {
		hold_line(s, p, n);
		return 0;
	}
	if (!starts && !fromline_is_followed(lf + 1, next))
		return take_text_line(s, p, lf);
	r = start_in_memory(s, p, lf);
	s->undigested = p;
	return r;
}

/*
 * Takes the lines from p up to last, at least one, of a piece of the file that
 * goes from piece to end.
 */
static int take_whole_lines(struct mboxscan *s, const char *piece,
                            const char *p, const char *last, const char *end)
{
	const char *lf = memchr(p, '\n', (size_t)(last - p));
	int r = settle_held(s, p, (size_t)(lf - p));

	s->undigested = s->part == HEADER ? p : NULL;
	s->dated = NULL;
	while (p < last && r == 0) {
		if (s->part == BODY && p > piece && !begins_from(p, last - p)) {
			p = take_body_lines(s, p, last);
			continue;
		}
		lf = memchr(p, '\n', (size_t)(last - p));
		if (begins_from(p, lf - p))
			r = take_from_line(s, p, lf, end);
		else if (s->part == HEADER)
			take_header_line(s, p, lf);
		else
			r = take_text_line(s, p, lf);
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
			r = take_piece(s, buf, (size_t)(lf - buf));
		if (r == 0)
			r = end_split_line(s, true);
		p = lf + 1;
	}
	if (p < last && r == 0)
		r = take_whole_lines(s, buf, p, last, end);
	if (r == 0 && last < end)
		r = take_piece(s, last, (size_t)(end - last));
	return r;
}

int mboxscan_end(struct mboxscan *s)
{
	int r;

	if (s->line.n > 0)
		r = end_split_line(s, false);
	else
		r = settle_held(s, "", 0);
	if (r == 0 && s->part != PREAMBLE)
		r = report_message(s, NULL);
	return r;
}

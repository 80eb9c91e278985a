/* SPDX-License-Identifier: ISC */
/*
 * The mbox format and the multi-line response of src/mbox/mboxscan.h,
 * src/mbox/uidl.h and src/pop3/multiline.h, written once more in a simple way:
 * line by line and octet by octet, with the whole text in memory.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <stdio.h>
#include <strings.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/digest.h"
#include "fuzz.h"
#include "mbox/fromline.h"
#include "mbox/mboxscan.h"

#define REFERENCE_LINES 65536

struct reference_line {
	size_t at, n; /* without its line end */
	size_t end;   /* behind its line end */
};

struct reference {
	const char *text;
	size_t lines, messages;
	bool not_mbox;
	uint32_t undated;   /* lines with "From " that have no date */
	uint32_t unblank;   /* messages without a blank line before them */
	uint32_t unstarted; /* From_ lines that start no message */
	struct reference_line line[REFERENCE_LINES];
	struct mbox_message message[REFERENCE_LINES];
};

/* Cuts n octets into lines. */
static inline void reference_lines(struct reference *r, const char *text,
                                   size_t n)
{
	struct reference_line *l;
	size_t at, end;

	r->text = text;
	r->lines = 0;
	for (at = 0; at < n; at = end) {
		for (end = at; end < n && text[end] != '\n'; end++)
			;
		FUZZ_CHECK(r->lines < REFERENCE_LINES);
		l = &r->line[r->lines++];
		l->at = at;
		l->n = end - at;
		if (l->n > 0 && text[end - 1] == '\r')
			l->n--;
		end += end < n;
		l->end = end;
	}
}

static inline bool reference_begins(const struct reference *r, size_t i,
                                    const char *with)
{
	const struct reference_line *l = &r->line[i];

	return l->n >= strlen(with) &&
	       strncasecmp(r->text + l->at, with, strlen(with)) == 0;
}

/* Is line i a From_ line, with a date? */
static inline bool reference_is_from(const struct reference *r, size_t i)
{
	const struct reference_line *l = &r->line[i];
	struct fromline_date date;

	return l->n >= 5 && memcmp(r->text + l->at, "From ", 5) == 0 &&
	       fromline_has_date(r->text + l->at, l->n, &date);
}

/* Does a header field begin at line i? */
static inline bool reference_is_field(const struct reference *r, size_t i)
{
	const struct reference_line *l = &r->line[i];
	size_t n = 0;

	if (i >= r->lines)
		return false;
	while (n < l->n && strchr(":\t ", r->text[l->at + n]) == NULL &&
	       r->text[l->at + n] > ' ' && r->text[l->at + n] < 127)
		n++;
	return n > 0 && n < 64 && n < l->n && r->text[l->at + n] == ':';
}

static inline bool reference_after_blank(const struct reference *r, size_t i)
{
	return i == 0 || r->line[i - 1].n == 0;
}

static inline bool reference_starts(const struct reference *r, size_t i)
{
	const struct reference_line *l = &r->line[i];
	size_t octets = l->end - l->at;

	if (octets > 0 && r->text[l->end - 1] == '\n')
		octets--;
	return reference_is_from(r, i) &&
	       (reference_after_blank(r, i) ||
	        (octets < 1024 && reference_is_field(r, i + 1)));
}

/* A part of the unique-id, with its value as the mailbox has it. */
struct reference_part {
	const char *p; /* NULL: the message does not have it */
	size_t n;
};

static const char *const reference_parts[] = {
	"received:", "message-id:", "date:", "from:", "subject:", "from_:"};

/* Digests a part, with each run of blanks as one space. */
static inline XXH128_canonical_t
reference_digest(const char *name, const struct reference_part *part)
{
	char *text = malloc(strlen(name) + part->n + 1);
	size_t start = strlen(name), n = start, i;
	XXH128_canonical_t digest;

	FUZZ_CHECK(text);
	memcpy(text, name, n);
	for (i = 0; i < part->n; i++)
		if (!strchr(" \t\r\n", part->p[i]) || part->p[i] == '\0')
			text[n++] = part->p[i];
		else if (n > start && text[n - 1] != ' ')
			text[n++] = ' ';
	if (n > start && text[n - 1] == ' ')
		n--;
	XXH128_canonicalFromHash(&digest, XXH3_128bits(text, n));
	free(text);
	return digest;
}

/* The sender and the time of the From_ line i. */
static inline void reference_envelope(const struct reference *r, size_t i,
                                      char *to, struct reference_part *ret)
{
	const struct reference_line *l = &r->line[i];
	const char *sender = r->text + l->at + 5;
	struct fromline_date d;
	size_t n;

	FUZZ_CHECK(fromline_has_date(r->text + l->at, l->n, &d));
	n = (size_t)(d.at - sender);
	n = n < 256 ? n : 256;
	memcpy(to, sender, n);
	n += (size_t)sprintf(to + n, "\n%04d%02d%02d%02d%02d%02d", d.year,
	                     d.month, d.day, d.hour, d.minute, d.second);
	*ret = (struct reference_part){to, n};
}

/* The unique-id of a message with these parts. */
static inline struct uidl reference_uidl(const struct reference_part *part,
                                         int64_t body)
{
	XXH128_canonical_t digest[6], head;
	unsigned char text[sizeof(head) + 8];
	XXH128_hash_t id;
	size_t i, n = 0;

	for (i = 0; i < 6; i++)
		if (part[i].p)
			digest[n++] =
				reference_digest(reference_parts[i], &part[i]);
	XXH128_canonicalFromHash(&head,
	                         XXH3_128bits(digest, n * sizeof(*digest)));
	memcpy(text, &head, sizeof(head));
	for (i = 0; i < 8; i++)
		text[sizeof(head) + i] = (unsigned char)(body >> (56 - 8 * i));
	id = XXH3_128bits(text, sizeof(text));
	return (struct uidl){.high = id.high64, .low = id.low64};
}

/* The fields of a header, line i to blank, that have a meaning. */
static inline void reference_header(const struct reference *r, size_t i,
                                    size_t blank, struct reference_part *part,
                                    struct mbox_message *m)
{
	static const char *const marks[] = {
		"Status:",     "X-Status:",   "X-UID:",          "X-IMAP:",
		"X-Keywords:", "X-IMAPbase:", "Content-Length:", "Lines:"};
	static const char internal[] =
		"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA";
	static const char *const delivery[] = {
		"Received:", "Return-Path:", "Delivered-To:"};
	bool imap = false, subject = false, delivered = false;
	const char *p;
	size_t k, on = 5;

	for (; i < blank; i++) {
		p = r->text + r->line[i].at;
		if (*p == ' ' || *p == '\t') {
			if (on < 5)
				part[on].n += r->line[i].end - r->line[i].at;
			continue;
		}
		on = 5;
		for (k = 0; k < 5; k++)
			if (reference_begins(r, i, reference_parts[k]) &&
			    !part[k].p) {
				on = k;
				part[k].p = p + strlen(reference_parts[k]);
				part[k].n = r->line[i].end - r->line[i].at -
				            strlen(reference_parts[k]);
			}
		for (k = 0; k < 8; k++)
			if (reference_begins(r, i, marks[k]))
				m->flagged = true;
		for (k = 0; k < 3; k++)
			if (reference_begins(r, i, delivery[k]))
				delivered = true;
		imap = imap || reference_begins(r, i, "X-IMAP:") ||
		       reference_begins(r, i, "X-IMAPbase:");
		subject =
			subject || (r->line[i].n == strlen(internal) &&
		                    memcmp(p, internal, strlen(internal)) == 0);
	}
	m->internal = imap && subject && !delivered && r->messages == 1;
}

/* Is the sender of a From_ line the pseudo message's? */
static inline bool reference_internal_sender(const struct reference *r,
                                             size_t i)
{
	static const char *const senders[] = {"From MAILER-DAEMON ",
	                                      "From MAILER_DAEMON "};
	const char *line = r->text + r->line[i].at;

	return r->line[i].n > 19 && (memcmp(line, senders[0], 19) == 0 ||
	                             memcmp(line, senders[1], 19) == 0);
}

/* The message whose From_ line is line i, up to line next. */
static inline void reference_message(struct reference *r, size_t i, size_t next)
{
	struct mbox_message *m = &r->message[r->messages++];
	size_t blank = i + 1, end = next, k;
	int64_t body = 0, content = 0;
	struct reference_part part[6] = {{NULL, 0}};
	char envelope[256 + 80];

	while (blank < next && r->line[blank].n > 0)
		blank++;
	if (blank + 1 < next && r->line[next - 1].n == 0)
		end--; /* the blank line belongs to the format */
	memset(m, 0, sizeof(*m));
	m->start = (off_t)r->line[i].at;
	m->text = (off_t)r->line[i].end;
	m->end = (off_t)r->line[end - 1].end;
	m->body = blank < next ? (off_t)r->line[blank].end : m->end;
	m->octets = blank < next ? 0 : 2;
	for (k = i + 1; k < end; k++)
		m->octets += (off_t)r->line[k].n + 2;
	for (k = blank + 1; k < next; k++) {
		if (r->line[k].n > 0)
			content = body + (int64_t)r->line[k].n;
		body += (int64_t)r->line[k].n + 2;
	}
	m->digest = digest_of(r->text + m->start, (size_t)(m->body - m->start));
	reference_header(r, i + 1, blank, part, m);
	m->internal = m->internal && reference_internal_sender(r, i);
	if (!part[0].p && !part[1].p && !part[2].p)
		reference_envelope(r, i, envelope, &part[5]);
	m->uidl = reference_uidl(part, content);
}

/* Counts the odd lines, of any length. */
static inline void reference_count(struct reference *r, size_t i)
{
	bool blank = reference_after_blank(r, i);
	bool dated = reference_is_from(r, i);

	r->undated += i > 0 && blank && !dated && r->line[i].n >= 5 &&
	              memcmp(r->text + r->line[i].at, "From ", 5) == 0;
	r->unblank += !blank && dated && reference_is_field(r, i + 1);
	r->unstarted += !blank && dated && !reference_is_field(r, i + 1);
}

/* Finds the messages of a mailbox. */
static inline void reference_scan(struct reference *r, const char *text,
                                  size_t n)
{
	size_t i, start = 0;
	bool any = false;

	reference_lines(r, text, n);
	r->messages = 0;
	r->not_mbox = false;
	r->undated = r->unblank = r->unstarted = 0;
	for (i = 0; i < r->lines; i++) {
		reference_count(r, i);
		if (reference_starts(r, i)) {
			if (any)
				reference_message(r, start, i);
			any = true;
			start = i;
		} else if (!any && r->line[i].n > 0) {
			r->not_mbox = true;
			return;
		}
	}
	if (any)
		reference_message(r, start, r->lines);
}

/* Returns the octets of the blank line before a place, or 0. */
static inline size_t reference_blank(const char *p, size_t at)
{
	if (at > 0 && p[at - 1] == '\n' && (at == 1 || p[at - 2] == '\n'))
		return 1;
	if (at > 1 && p[at - 1] == '\n' && p[at - 2] == '\r' &&
	    (at == 2 || p[at - 3] == '\n'))
		return 2;
	return 0;
}

/*
 * Messages from start to end are removed, and another follows.  Returns the
 * octets of them that stay, so that the next message still starts after a
 * blank line if it did.
 */
static inline size_t reference_kept_blank(const char *p, size_t start,
                                          size_t end)
{
	return start == 0 || reference_blank(p, start)
	               ? 0
	               : reference_blank(p, end);
}

/*
 * Encodes n octets, with only so many lines of the body, into out, which has
 * space for 3 * n + 8.  Returns the octets written, and sets *octets to those
 * that LIST would count.
 */
static inline size_t reference_encode(const char *in, size_t n, uint64_t lines,
                                      char *out, int64_t *octets)
{
	bool body = false, blank;
	char *to = out;
	size_t i = 0;

	*octets = 0;
	while (i < n && !(body && lines == 0)) {
		blank = true;
		if (in[i] == '.')
			*to++ = '.';
		for (; i < n && in[i] != '\n'; i++) {
			if (in[i] == '\r' && (i + 1 == n || in[i + 1] == '\n'))
				continue; /* a part of the line end */
			*to++ = in[i];
			++*octets;
			blank = false;
		}
		i++;
		*to++ = '\r';
		*to++ = '\n';
		*octets += 2;
		if (body)
			lines--;
		else
			body = blank;
	}
	if (!body) {
		*to++ = '\r';
		*to++ = '\n';
		*octets += 2;
	}
	memcpy(to, ".\r\n", 3);
	return (size_t)(to + 3 - out);
}

#endif

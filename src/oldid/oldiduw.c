/* SPDX-License-Identifier: ISC */
/*
 * Ids of UW's ipop3d, and those in X-UIDL fields: both keep them in the
 * mailbox, and know its messages by UW's rule.
 */
#include <stdio.h>
#include <string.h>

#include "oldid/oldidscan.h"

#include "base/fileio.h"
#include "oldid/oldidfrom.h"

#define FROM "From "

/* Does UW take the line for one that starts a message? */
static bool uw_starts(struct oldid_scan *s, const struct oldid_piece *p)
{
	char tail[OLDIDFROM_TAIL];
	const char *line = p->p;
	off_t end, whole;
	ssize_t n;

	if (!p->first || !oldid_is_exactly(p, FROM))
		return false;
	end = oldid_line_end(s, p);
	if (end < 0)
		return false;
	n = whole = end - p->at;
	if (!p->last) {
		n = sizeof(tail);
		line = tail;
		if (fileio_pread(s->fd, tail, sizeof(tail), end - n) != n)
			oldid_stop(s, -1);
	}
	if (s->result == 0 && line[n - 1] == '\r') {
		n--;
		whole--;
	}
	return s->result == 0 && oldidfrom_uw(line, (size_t)n, (size_t)whole);
}

/* A line that ends a header. */
static bool uw_is_blank(const struct oldid_piece *p)
{
	return oldid_is_blank(p) || (p->first && oldid_is_exactly(p, "\r\n"));
}

/* UW: src/osdep/unix/unix.c, unix_parse(). */

/* The file's blanks before its first line do not count. */
static off_t begin_uw(struct oldid_scan *s)
{
	char buf[OLDID_PIECE];
	ssize_t n, i;
	off_t at;

	for (at = 0; at < s->size; at += n) {
		n = fileio_pread(s->fd, buf, sizeof(buf), at);
		if (n <= 0) {
			oldid_stop(s, n < 0 ? -1 : 0);
			return s->size;
		}
		for (i = 0; i < n && strchr("\n\r \t", buf[i]) && buf[i]; i++)
			;
		if (i < n)
			return at + i;
	}
	return at;
}

/* A number behind blanks.  Returns whether it has a digit; moves *at on. */
static bool read_number(const struct oldid_piece *p, size_t *at, uint64_t *ret)
{
	bool some = false;

	while (*at < p->n && p->p[*at] == ' ')
		++*at;
	for (*ret = 0; *at < p->n && p->p[*at] >= '0' && p->p[*at] <= '9';
	     ++*at) {
		*ret = 10 * *ret + (uint64_t)(p->p[*at] - '0');
		some = true;
	}
	return some;
}

/* UIDVALIDITY and the last UID, in the first message alone. */
static void take_uw_base(struct oldid_scan *s, const struct oldid_piece *p,
                         size_t at, bool pseudo)
{
	uint64_t validity, last;

	if (s->number != 1 || s->validity != 0)
		return;
	(void)read_number(p, &at, &validity);
	if (validity == 0 || !read_number(p, &at, &last))
		return;
	s->pseudo = pseudo;
	s->validity = validity;
	s->last = last;
}

/* One that is not above the one before makes UW number the mailbox anew. */
static void take_uw_uid(struct oldid_scan *s, const struct oldid_piece *p)
{
	size_t at = strlen("X-UID:");
	uint64_t uid;

	if (s->validity == 0 || s->pseudo)
		return;
	(void)read_number(p, &at, &uid);
	if (s->uid != 0 || uid <= s->previous)
		oldid_stop(s, OLDID_RENUMBERED);
	s->previous = s->uid = uid;
	if (uid > s->last)
		s->last = uid;
}

static void tell_uw(struct oldid_scan *s)
{
	if (s->start < 0 || s->result != 0)
		return;
	if (s->pseudo) {
		s->pseudo = false;
		return;
	}
	s->note = NULL;
	if (s->uid == 0) {
		s->previous = s->uid = ++s->last;
		s->note = "it has no X-UID: UW would give it this one now";
	}
	(void)snprintf(s->id, sizeof(s->id), "%08jx%08jx",
	               (uintmax_t)s->validity, (uintmax_t)s->uid);
	if (s->validity == 0) {
		s->id[0] = '\0';
		s->note = "the first message has no X-IMAPbase, so that UW "
			  "would make new ids of the time";
	}
	oldid_tell(s);
}

static void take_uw_header(struct oldid_scan *s, const struct oldid_piece *p)
{
	if (uw_is_blank(p))
		s->header = false;
	else if (p->first && oldid_is_exactly(p, "X-IMAP:"))
		take_uw_base(s, p, strlen("X-IMAP:"), true);
	else if (p->first && oldid_is_exactly(p, "X-IMAPbase:"))
		take_uw_base(s, p, strlen("X-IMAPbase:"), false);
	else if (p->first && oldid_is_exactly(p, "X-UID:"))
		take_uw_uid(s, p);
}

static void take_uw(struct oldid_scan *s, const struct oldid_piece *p)
{
	if (s->header && s->envelope) {
		s->envelope = !p->last;
	} else if (s->header) {
		take_uw_header(s, p);
	} else if (uw_starts(s, p)) {
		tell_uw(s);
		s->start = p->at;
		s->number++;
		s->uid = 0;
		s->header = true;
		s->envelope = !p->last;
	} else if (s->start < 0) {
		oldid_stop(s, OLDID_REFUSED);
	}
}

const struct oldid_rules oldid_uw = {
	.piece = OLDID_PIECE,
	.begin = begin_uw,
	.take = take_uw,
	.end = tell_uw,
};

/* X-UIDL: Mailutils, libmailutils/mailbox/msguidl.c; Qpopper as shipped. */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Takes the field that has ended, if it is the message's first good X-UIDL. */
static void end_uidl(struct oldid_scan *s)
{
	const struct oldid_field *f = &s->text;
	size_t from = 0, n = f->n, i;

	if (s->has_id || !oldidfield_is(f, "X-UIDL") || f->more)
		return;
	while (n > 0 && is_space(f->value[n - 1]))
		n--;
	while (from < n && is_space(f->value[from]))
		from++;
	n -= from;
	for (i = 0; i < n; i++)
		if (f->value[from + i] < 0x21 || f->value[from + i] > 0x7e)
			n = 0;
	if (n < 1 || n > OLDID_OCTETS)
		return;
	memcpy(s->id, f->value + from, n);
	s->id[n] = '\0';
	s->has_id = true;
}

static void tell_uidl(struct oldid_scan *s)
{
	end_uidl(s);
	s->text.some = false;
	if (s->start < 0 || s->result != 0)
		return;
	s->note = NULL;
	if (!s->has_id) {
		s->id[0] = '\0';
		s->note = "it has no X-UIDL of 1 to 70 printable octets";
	}
	oldid_tell(s);
}

static void take_uidl(struct oldid_scan *s, const struct oldid_piece *p)
{
	size_t n;

	if (s->header && s->envelope) {
		s->envelope = !p->last;
	} else if (s->header && uw_is_blank(p)) {
		s->header = false;
		s->blank = true;
	} else if (s->header) {
		if (!oldidfield_continues(&s->text, p))
			end_uidl(s);
		(void)oldidfield_take(&s->text, p, &n);
	} else if (s->blank && uw_starts(s, p)) {
		tell_uidl(s);
		s->start = p->at;
		s->header = true;
		s->envelope = !p->last;
		s->has_id = false;
	} else if (s->start < 0) {
		oldid_stop(s, OLDID_REFUSED);
	} else {
		s->blank = uw_is_blank(p);
	}
}

const struct oldid_rules oldid_x_uidl = {
	.piece = OLDID_PIECE,
	.begin = begin_uw,
	.take = take_uidl,
	.end = tell_uidl,
};

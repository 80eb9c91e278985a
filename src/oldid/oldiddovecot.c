/* SPDX-License-Identifier: ISC */
/*
 * Ids of Dovecot, 1.0 to 2.4: UIDs, for which it keeps X-IMAPbase and X-UID in
 * the mailbox, or digests of the header.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "oldid/oldidscan.h"

#include "base/fileio.h"
#include "oldid/oldidfrom.h"

#define FROM      "From "
#define LEAST_BOX 31 /* octets of a From_ line with the LF before it */

/* src/lib-storage/index/mbox/istream-raw-mbox.c: where messages start. */

/* Does a message start where "From " stands?  The line must have an end. */
static bool starts(struct oldid_scan *s, const struct oldid_piece *p)
{
	char text[OLDIDFROM_TEXT];
	ssize_t n;

	if (!p->first || !oldid_is_exactly(p, FROM) || p->at < s->until ||
	    oldid_line_end(s, p) < 0)
		return false;
	n = s->size - p->at - (off_t)strlen(FROM);
	if (n > (ssize_t)sizeof(text))
		n = sizeof(text);
	n = fileio_pread(s->fd, text, (size_t)n, p->at + (off_t)strlen(FROM));
	if (n < 0)
		oldid_stop(s, -1);
	return n > 0 && oldidfrom_dovecot(text, (size_t)n);
}

/* Is there an end of line, and then a message or the file's end? */
static bool ends_at(struct oldid_scan *s, off_t at)
{
	char text[OLDIDFROM_TEXT + 7];
	off_t left = s->size - at;
	size_t n, k;

	if (at < 0 || left < 1)
		return false;
	n = left < (off_t)sizeof(text) ? (size_t)left : sizeof(text);
	if (fileio_pread(s->fd, text, n, at) != (ssize_t)n)
		return false;
	k = n > 1 && text[0] == '\r' ? 1 : 0;
	if (text[k] != '\n')
		return false;
	k++;
	if (n == k)
		return true;
	if (n <= LEAST_BOX + k - 1 || memcmp(text + k, FROM, strlen(FROM)) != 0)
		return false;
	k += strlen(FROM);
	return oldidfrom_dovecot(text + k, n - k);
}

/* mbox-sync-parse.c: the fields that keep numbers. */

static bool is_lwsp_lf(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Reads a number, which may have no digit, and moves *at on. */
static uint32_t read_decimal(const struct oldid_field *f, size_t *at)
{
	uint32_t value = 0;

	for (; *at < f->n && f->value[*at] >= '0' && f->value[*at] <= '9';
	     ++*at)
		value = 10 * value + (uint32_t)(f->value[*at] - '0');
	return value;
}

static bool has_only_blanks(const struct oldid_field *f, size_t at)
{
	while (at < f->n && is_lwsp_lf(f->value[at]))
		at++;
	return at == f->n && !f->more;
}

static void take_base(struct oldid_scan *s, bool pseudo)
{
	const struct oldid_field *f = &s->text;
	uint32_t validity, last;
	size_t at = 0;

	if (s->number != 1 || s->validity != 0)
		return;
	validity = read_decimal(f, &at);
	if (validity == 0 || (at < f->n && f->value[at] != ' '))
		return;
	while (at < f->n && is_lwsp_lf(f->value[at]))
		at++;
	last = read_decimal(f, &at);
	if (at < f->n && !is_lwsp_lf(f->value[at]))
		return;
	s->validity = validity;
	s->last = s->written = last;
	s->pseudo = pseudo;
}

/* One that is not the next, or below it and above the one before, is ignored.
 */
static void take_uid(struct oldid_scan *s)
{
	uint32_t uid;
	size_t at = 0;

	uid = read_decimal(&s->text, &at);
	if (s->uid != 0 || !has_only_blanks(&s->text, at) || s->validity == 0)
		return;
	if (uid == (uint32_t)(s->last + 1))
		s->last = uid;
	else if (uid > s->last)
		return;
	if (uid > s->previous)
		s->uid = uid;
}

static void take_length(struct oldid_scan *s)
{
	const struct oldid_field *f = &s->text;
	uint64_t value = 0;
	size_t at = 0;

	for (; at < f->n && f->value[at] >= '0' && f->value[at] <= '9'; at++)
		value = 10 * value + (uint64_t)(f->value[at] - '0');
	if (s->has_length || !has_only_blanks(f, at))
		return;
	s->has_length = true;
	s->length = value;
}

static const char *const kept[] = {
	"Content-Length", "Status",   "X-IMAP", "X-IMAPbase",
	"X-Keywords",     "X-Status", "X-UID",
};

/* Is it a field that Dovecot keeps something in? */
static bool is_kept(const struct oldid_field *f)
{
	size_t i;

	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (oldidfield_is(f, kept[i]))
			return true;
	return false;
}

/* The field at hand has ended. */
static void end_field(struct oldid_scan *s)
{
	const struct oldid_field *f = &s->text;

	if (oldidfield_is(f, "Content-Length"))
		take_length(s);
	else if (oldidfield_is(f, "X-IMAP"))
		take_base(s, true);
	else if (oldidfield_is(f, "X-IMAPbase"))
		take_base(s, false);
	else if (oldidfield_is(f, "X-UID"))
		take_uid(s);
	else if (oldidfield_is(f, "Received"))
		s->received = true;
	s->text.some = false;
}

/* mbox-md5-apop3d.c: is the field one of those that are hashed? */
static bool is_lasting(const struct oldid_scan *s)
{
	const struct oldid_field *f = &s->text;

	if (oldidfield_is(f, "Delivered-To") ||
	    oldidfield_is(f, "X-Delivery-ID"))
		return true;
	return !s->received &&
	       (oldidfield_is(f, "Date") || oldidfield_is(f, "Message-ID") ||
	        oldidfield_is(f, "Received"));
}

static void take_header(struct oldid_scan *s, const struct oldid_piece *p)
{
	bool all = s->rules == &oldid_dovecot_md5_all;
	const char *value;
	size_t n;

	if (!oldidfield_continues(&s->text, p))
		end_field(s);
	value = oldidfield_take(&s->text, p, &n);
	if (all ? !is_kept(&s->text) : is_lasting(s))
		oldid_add(s, value, n);
}

/* mbox-sync.c: what UID a message has. */

/*
 * Returns why the message's UID is doubtful, or NULL.  Where Dovecot's index
 * has later numbers than the file, it does not believe what a sender wrote into
 * X-UID, and it may know a message that has none.
 */
static const char *uid_doubt(const struct oldid_scan *s)
{
	if (s->unsure)
		return "a message before it has no valid X-UID: Dovecot would "
		       "give it this one now, unless its index has another";
	if (s->uid > s->written)
		return "its X-UID is above the last one in X-IMAPbase, so "
		       "that its sender may have written it";
	return NULL;
}

/* The message has ended. */
static void tell_dovecot(struct oldid_scan *s)
{
	if (s->start < 0 || s->result != 0)
		return;
	if (s->header)
		end_field(s);
	s->note = uid_doubt(s);
	if (s->uid == 0 && !s->pseudo) {
		s->unsure = true;
		s->uid = ++s->last;
		s->note = "it has no valid X-UID: Dovecot would give it this "
			  "one now, unless its index has another";
	}
	s->previous = s->uid;
	s->id[0] = '\0';
	s->rules->write(s, s->id);
	if (!s->pseudo)
		oldid_tell(s);
	s->pseudo = false;
}

static void begin_dovecot(struct oldid_scan *s, const struct oldid_piece *p)
{
	s->start = p->at;
	s->number++;
	s->uid = 0;
	s->header = true;
	s->envelope = !p->last;
	s->data = s->received = s->has_length = false;
	s->until = 0;
	oldid_digest(s, EVP_md5());
}

/* The header's blank line. */
static void end_header(struct oldid_scan *s, const struct oldid_piece *p)
{
	off_t body = p->at + (off_t)p->n, end;

	end_field(s);
	s->header = false;
	if (!s->has_length || s->length > INT64_MAX ||
	    __builtin_add_overflow(body, (off_t)s->length, &end))
		return;
	if (ends_at(s, end))
		s->until = end + 1;
}

static void take_dovecot(struct oldid_scan *s, const struct oldid_piece *p)
{
	bool first_line = s->header && !s->data;

	if (s->envelope) {
		s->envelope = !p->last;
	} else if (!first_line && starts(s, p) &&
	           (s->start >= 0 || p->at == 0)) {
		tell_dovecot(s);
		begin_dovecot(s, p);
	} else if (s->start < 0) {
		oldid_stop(s, OLDID_REFUSED);
	} else if (s->header) {
		s->data = true;
		if (oldid_is_blank(p) ||
		    (p->first && oldid_is_exactly(p, "\r\n")))
			end_header(s, p);
		else
			take_header(s, p);
	}
}

static bool knows_uid(struct oldid_scan *s)
{
	if (s->validity != 0)
		return true;
	s->note = "the first message has no valid X-IMAPbase, so that "
		  "Dovecot's UIDVALIDITY stands in its index or nowhere";
	return false;
}

static void write_uid(struct oldid_scan *s, char *id)
{
	if (knows_uid(s))
		(void)snprintf(id, OLDID_OCTETS + 1, "%08x%08x",
		               (uint32_t)s->uid, (uint32_t)s->validity);
}

static void write_vu(struct oldid_scan *s, char *id)
{
	if (knows_uid(s))
		(void)snprintf(id, OLDID_OCTETS + 1, "%u.%u",
		               (uint32_t)s->validity, (uint32_t)s->uid);
}

static void write_md5(struct oldid_scan *s, char *id)
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	oldid_finish(s, digest);
	oldid_hex(id, digest, (size_t)EVP_MD_CTX_size(s->digest));
	s->note = NULL;
}

const struct oldid_rules oldid_dovecot = {
	.piece = OLDID_PIECE,
	.take = take_dovecot,
	.end = tell_dovecot,
	.write = write_uid,
};

const struct oldid_rules oldid_dovecot_vu = {
	.piece = OLDID_PIECE,
	.take = take_dovecot,
	.end = tell_dovecot,
	.write = write_vu,
};

const struct oldid_rules oldid_dovecot_md5 = {
	.piece = OLDID_PIECE,
	.take = take_dovecot,
	.end = tell_dovecot,
	.write = write_md5,
};

const struct oldid_rules oldid_dovecot_md5_all = {
	.piece = OLDID_PIECE,
	.take = take_dovecot,
	.end = tell_dovecot,
	.write = write_md5,
};

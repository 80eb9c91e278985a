/* SPDX-License-Identifier: ISC */
/*
 * Ids that are the digest of a part of the message: popa3d, solid-pop3d,
 * tpop3d, teapop, OpenBSD's pop3d.
 */
#include <string.h>
#include <strings.h>

#include "oldid/oldidscan.h"

#include "oldid/oldidfrom.h"

#define FROM "From "

#define SOLID_PIECE  128 /* octets of its line buffer, all of which it fills */
#define SOLID_FROM   28  /* the least of a From_ line */
#define TPOP3D_HASH  512 /* octets that it hashes */
#define TPOP3D_LEAST 16  /* octets of a mailbox with mail */
#define TEAPOP_PIECE 1023

/* Ends the message before and begins one here. */
static void begin_message(struct oldid_scan *s, off_t at, const EVP_MD *kind)
{
	if (s->start >= 0) {
		s->rules->write(s, s->id);
		oldid_tell(s);
	}
	s->start = at;
	s->number++;
	s->header = true;
	s->field = s->received = s->data = false;
	oldid_digest(s, kind);
}

static void end_message(struct oldid_scan *s)
{
	if (s->start < 0 || s->result != 0)
		return;
	s->rules->write(s, s->id);
	oldid_tell(s);
}

static void write_hex(struct oldid_scan *s, char *id)
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	oldid_finish(s, digest);
	oldid_hex(id, digest, (size_t)EVP_MD_CTX_size(s->digest));
}

/* popa3d 1.0.3, mailbox.c. */

/* Eight octets of the digest, as two numbers of a little-endian machine. */
static void write_popa3d(struct oldid_scan *s, char *id)
{
	static const unsigned char order[] = {3, 2, 1, 0, 7, 6, 5, 4};
	unsigned char digest[EVP_MAX_MD_SIZE], ordered[sizeof(order)];
	size_t i;

	oldid_finish(s, digest);
	for (i = 0; i < sizeof(order); i++)
		ordered[i] = digest[order[i]];
	oldid_hex(id, ordered, sizeof(ordered));
}

/* Is a header line hashed?  One that begins with a blank is as the one before.
 */
static bool popa3d_hashes(struct oldid_scan *s, const struct oldid_piece *p)
{
	switch (p->p[0]) {
	case ' ':
	case '\t':
		return s->field;
	case 'R':
	case 'r':
		if (s->received)
			return false;
		s->received = oldid_is(p, "Received:");
		return s->received;
	case 'D':
	case 'd':
		return oldid_is(p, "Delivered-To:") ||
		       (!s->received && oldid_is(p, "Date:"));
	case 'M':
	case 'm':
		return !s->received && oldid_is(p, "Message-ID:");
	case 'X': /* not x */
		return oldid_is(p, "X-Delivery-ID:");
	default:
		return false;
	}
}

static void take_popa3d(struct oldid_scan *s, const struct oldid_piece *p)
{
	if (s->blank && p->first && oldid_is_exactly(p, FROM)) {
		/* No line behind the From_ line, or none before this one. */
		if (p->at > 0 && !s->data)
			oldid_stop(s, OLDID_REFUSED);
		begin_message(s, p->at, EVP_md5());
		return; /* and the next line may be another From_ line */
	}
	if (s->header && p->first)
		s->data = true;
	s->blank = oldid_is_blank(p);
	if (s->blank)
		s->header = false;
	if (!s->header)
		return;
	if (p->first)
		s->field = popa3d_hashes(s, p);
	if (s->field)
		oldid_add(s, p->p, p->n);
}

static void end_popa3d(struct oldid_scan *s)
{
	if (!s->data)
		oldid_stop(s, OLDID_REFUSED);
	end_message(s);
}

const struct oldid_rules oldid_popa3d = {
	.piece = OLDID_PIECE,
	.take = take_popa3d,
	.end = end_popa3d,
	.write = write_popa3d,
};

/* solid-pop3d 0.15, mailbox.c. */

static bool solid_hashes(const struct oldid_piece *p)
{
	return oldid_is_exactly(p, "Received:") ||
	       oldid_is_exactly(p, "Date:") ||
	       oldid_is_exactly(p, "Message-Id:") ||
	       oldid_is_exactly(p, "Subject:");
}

static void take_solid(struct oldid_scan *s, const struct oldid_piece *p)
{
	if (p->first && p->n >= SOLID_FROM && oldid_is_exactly(p, FROM)) {
		begin_message(s, p->at, EVP_md5());
		s->envelope = !p->last;
		return;
	}
	if (s->start < 0)
		oldid_stop(s, OLDID_REFUSED);
	if (s->envelope) {
		s->envelope = !p->last;
		return;
	}
	if (s->header && p->first)
		s->field = solid_hashes(p);
	if (s->field)
		oldid_add(s, p->p, p->n);
	if (oldid_is_blank(p))
		s->header = false;
}

static void end_solid(struct oldid_scan *s)
{
	if (!s->ended)
		oldid_stop(s, OLDID_REFUSED);
	end_message(s);
}

const struct oldid_rules oldid_solid = {
	.piece = SOLID_PIECE,
	.take = take_solid,
	.end = end_solid,
	.write = write_hex,
};

/* tpop3d, mailspool.c.  The file's first line is not looked at. */

static void take_tpop3d(struct oldid_scan *s, const struct oldid_piece *p)
{
	size_t n;

	if (p->first &&
	    (s->start < 0 || (s->blank && oldid_is_exactly(p, FROM))) &&
	    s->size >= TPOP3D_LEAST && oldid_line_end(s, p) >= 0) {
		begin_message(s, p->at, EVP_md5());
		s->left = TPOP3D_HASH;
	}
	s->blank = oldid_is_blank(p) && p->at != s->start;
	n = p->n < s->left ? p->n : s->left;
	s->left -= n;
	if (n > 0)
		oldid_add(s, p->p, n);
}

const struct oldid_rules oldid_tpop3d = {
	.piece = OLDID_PIECE,
	.take = take_tpop3d,
	.end = end_message,
	.write = write_hex,
};

/* OpenBSD's pop3d, mbox.c. */

static void take_openbsd(struct oldid_scan *s, const struct oldid_piece *p)
{
	if (p->first && p->n > strlen(FROM) && oldid_is_exactly(p, FROM)) {
		begin_message(s, p->at, EVP_sha1());
		s->envelope = !p->last;
	} else if (s->start < 0) {
		oldid_stop(s, OLDID_REFUSED);
	} else if (s->envelope) {
		s->envelope = !p->last;
	} else {
		oldid_add(s, p->p, p->n);
	}
}

const struct oldid_rules oldid_openbsd = {
	.piece = OLDID_PIECE,
	.take = take_openbsd,
	.end = end_message,
	.write = write_hex,
};

/* teapop, pop_mbox.c. */

static bool teapop_hashes(const char *line)
{
	static const char *const left_out[] = {
		"Status: ", "X-Status: ", "Lines: ", "Content-Length: "};
	size_t i;

	for (i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
		if (strncasecmp(line, left_out[i], strlen(left_out[i])) == 0)
			return false;
	return true;
}

static void take_teapop(struct oldid_scan *s, const struct oldid_piece *p)
{
	char line[TEAPOP_PIECE + 1], *nul;

	if (p->n < TEAPOP_PIECE && !p->last)
		return; /* the file's last line, which has no LF */
	memcpy(line, p->p, p->n);
	line[p->n] = '\0';
	if (!s->cut && strncmp(line, FROM, strlen(FROM)) == 0 &&
	    oldidfrom_teapop(line)) {
		begin_message(s, p->at, EVP_md5());
		oldid_add(s, line, strlen(line));
		return; /* what is left of a long line is a line, too */
	}
	while ((nul = memchr(line, '\0', p->n)))
		*nul = '?';
	if (!s->cut && s->start >= 0 && teapop_hashes(line))
		oldid_add(s, line, p->n);
	s->cut = !p->last;
}

const struct oldid_rules oldid_teapop = {
	.piece = TEAPOP_PIECE,
	.take = take_teapop,
	.end = end_message,
	.write = write_hex,
};

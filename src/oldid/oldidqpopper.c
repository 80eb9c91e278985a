/* SPDX-License-Identifier: ISC */
/*
 * Ids of Qpopper and vm-pop3d: taken from a field of the message, and made of
 * something else where there is none.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "oldid/oldidscan.h"

#include "base/fileio.h"
#include "oldid/oldidfrom.h"

#define FROM "From "

/* Qpopper 4, pop_dropcopy.c, in normal mode. */

#define QPOPPER_PIECE 1023
#define UIDL_LEAST    13 /* octets of a value, its LF included */
#define UIDL_MOST     32
#define BASE          80 /* of its new style */
#define DIGITS        5  /* for four octets */

/* Does a line start a message?  Those after too long a line do not. */
static bool qpopper_starts(struct oldid_scan *s, const struct oldid_piece *p)
{
	bool trusted = p->last && !s->cut;

	s->cut = !p->last;
	if (!trusted)
		return false;
	if (p->p[0] == '\n') {
		s->blank = true;
		return false;
	}
	if (!s->blank)
		return false;
	s->blank = false;
	return oldid_is_exactly(p, FROM) &&
	       oldidfrom_uw(p->p, p->n - 1, p->n - 1);
}

/* Takes the value of an X-UIDL field, if Qpopper would. */
static void take_qpopper_uidl(struct oldid_scan *s, const struct oldid_piece *p)
{
	size_t at = strlen("X-UIDL:"), n;

	while (at < p->n && (p->p[at] == ' ' || p->p[at] == '\t'))
		at++;
	n = p->n - at;
	if (n < UIDL_LEAST || n > UIDL_MOST || !p->last)
		return;
	s->has_id = true;
	memcpy(s->id, p->p + at, n - 1);
	s->id[n - 1] = '\0';
}

/* Takes a line, or what Qpopper takes for one, of a header. */
static void take_qpopper_field(struct oldid_scan *s,
                               const struct oldid_piece *p)
{
	if (p->p[0] == '\n') {
		s->header = false;
		if (!s->has_id)
			s->rules->write(s, s->id);
		oldid_tell(s);
	} else if (s->has_id) {
		return;
	} else if (oldid_is(p, "Received:") || oldid_is(p, "Date:") ||
	           oldid_is(p, "Message-Id:") || oldid_is(p, "Subject:")) {
		oldid_add(s, p->p, p->n);
	} else if (oldid_is(p, "X-UIDL:")) {
		take_qpopper_uidl(s, p);
	}
}

static void take_qpopper(struct oldid_scan *s, const struct oldid_piece *as_is)
{
	struct oldid_piece piece = *as_is, *p = &piece;
	char line[QPOPPER_PIECE], *nul;

	memcpy(line, p->p, p->n);
	while ((nul = memchr(line, '\0', p->n)))
		*nul = ' ';
	p->p = line;
	if (qpopper_starts(s, p)) {
		s->start = p->at;
		s->header = true;
		s->has_id = false;
		memcpy(s->from, line, p->n);
		s->from_n = p->n;
		oldid_digest(s, EVP_md5());
		oldid_add(s, line, p->n);
	} else if (s->start < 0) {
		oldid_stop(s, OLDID_REFUSED);
	} else if (s->header) {
		take_qpopper_field(s, p);
	}
}

/* A header without an end is the file's last one. */
static void end_qpopper(struct oldid_scan *s)
{
	if (!s->header)
		return;
	s->id[0] = '\0';
	s->note = "its header has no end, so that Qpopper gives it no id";
	oldid_tell(s);
}

static void write_qpopper_old(struct oldid_scan *s, char *id)
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	oldid_finish(s, digest);
	oldid_hex(id, digest, (size_t)EVP_MD_CTX_size(s->digest));
}

static void write_qpopper_new(struct oldid_scan *s, char *id)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int value;
	size_t i, k;

	oldid_add(s, s->from, s->from_n);
	oldid_finish(s, digest);
	for (i = 0; i < (size_t)EVP_MD_CTX_size(s->digest);) {
		value = 0;
		do {
			value = 16 * value + digest[i++];
		} while (i % 4 != 0);
		for (k = 0; k < DIGITS; k++, value /= BASE) {
			*id = (char)(0x21 + value % BASE);
			if (*id == '.')
				*id = '~';
			id++;
		}
	}
	*id = '\0';
}

const struct oldid_rules oldid_qpopper_old = {
	.piece = QPOPPER_PIECE,
	.take = take_qpopper,
	.end = end_qpopper,
	.write = write_qpopper_old,
};

const struct oldid_rules oldid_qpopper_new = {
	.piece = QPOPPER_PIECE,
	.take = take_qpopper,
	.end = end_qpopper,
	.write = write_qpopper_new,
};

/* vm-pop3d, extra.c and uidl.c.  A NUL hides what follows it in a line. */

#define VM_PIECE  79
#define VM_HEADER 255
#define VM_CHUNK  1024 /* a message may have few octets, and there be many */

/* Returns what stands before the piece's first NUL. */
static size_t visible(const struct oldid_piece *p)
{
	return strnlen(p->p, p->n);
}

/* Writes what stands between < and the first >, if there is something. */
static void write_between(char *id, const char *p, size_t n)
{
	const char *end = memchr(p, '>', n), *from;

	n = end ? (size_t)(end - p) : n;
	from = memchr(p, '<', n);
	if (!from)
		return;
	n -= (size_t)(from + 1 - p);
	(void)snprintf(id, OLDID_OCTETS + 1, "%.*s", (int)n, from + 1);
}

/* Reads the header at that place, which is cut at another length. */
static void read_vm_id(struct oldid_scan *s, off_t at)
{
	static struct oldid_reader r;
	size_t name = strlen("Message-Id:");
	struct oldid_piece p;
	int more;

	s->id[0] = '\0';
	oldid_read_from(&r, s->fd, at, s->size, VM_HEADER);
	r.chunk = VM_CHUNK;
	while ((more = oldid_read(&r, &p)) > 0) {
		if (oldid_is(&p, "Message-Id:")) {
			write_between(s->id, p.p + name, visible(&p) - name);
			break;
		}
		if (p.p[0] == '\n')
			break;
	}
	if (more < 0)
		oldid_stop(s, -1);
	if (!s->id[0])
		(void)snprintf(s->id, sizeof(s->id), "no-message-id-%u",
		               s->number);
}

static void take_vm(struct oldid_scan *s, const struct oldid_piece *p)
{
	bool ends = memchr(p->p, '\n', visible(p)) != NULL;

	if (!s->envelope && s->blank && oldid_is_exactly(p, FROM)) {
		s->envelope = true;
		s->start = p->at;
	} else if (s->start < 0) {
		oldid_stop(s, OLDID_REFUSED);
	}
	if (s->envelope && !ends)
		return;
	if (s->envelope) {
		s->envelope = false;
		s->number++;
		read_vm_id(s, p->at + (off_t)p->n);
		oldid_tell(s);
	}
	s->blank = !s->cut && p->p[0] == '\n';
	s->cut = !ends;
}

/* A last From_ line without an end is read for ever. */
static void end_vm(struct oldid_scan *s)
{
	if (s->envelope)
		oldid_stop(s, OLDID_REFUSED);
}

const struct oldid_rules oldid_vm_pop3d = {
	.piece = VM_PIECE,
	.take = take_vm,
	.end = end_vm,
};

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "oldid/oldidscan.h"

#include "base/fileio.h"

void oldid_stop(struct oldid_scan *s, int result)
{
	if (s->result == 0)
		s->result = result;
}

/* Returns NULL, or what RFC 1939 has against the id. */
static const char *id_problem(const char *id)
{
	const char *p;

	for (p = id; *p; p++)
		if (*p < 0x21 || *p > 0x7e)
			return "its id has octets that RFC 1939 does not allow";
	return NULL;
}

void oldid_tell(struct oldid_scan *s)
{
	struct oldid o = {.at = s->start, .note = id_problem(s->id)};

	if (s->result != 0)
		return;
	if (!o.note) {
		(void)snprintf(o.id, sizeof(o.id), "%s", s->id);
		o.note = s->note;
	}
	s->result = s->found(s->to, &o);
}

void oldid_digest(struct oldid_scan *s, const EVP_MD *kind)
{
	if (s->result == 0 && EVP_DigestInit_ex(s->digest, kind, NULL) != 1) {
		errno = ENOTSUP; /* as where only FIPS's digests are allowed */
		oldid_stop(s, -1);
	}
}

void oldid_add(struct oldid_scan *s, const char *p, size_t n)
{
	if (s->result == 0 && EVP_DigestUpdate(s->digest, p, n) != 1) {
		errno = ENOMEM;
		oldid_stop(s, -1);
	}
}

void oldid_finish(struct oldid_scan *s, unsigned char *ret)
{
	if (s->result == 0 && EVP_DigestFinal_ex(s->digest, ret, NULL) != 1) {
		errno = ENOMEM;
		oldid_stop(s, -1);
	}
}

void oldid_hex(char *ret, const unsigned char *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		*ret++ = digits[p[i] >> 4];
		*ret++ = digits[p[i] & 15];
	}
	*ret = '\0';
}

off_t oldid_line_end(struct oldid_scan *s, const struct oldid_piece *p)
{
	off_t at = p->at + (off_t)p->n;
	char buf[OLDID_PIECE];
	const char *lf;
	ssize_t n;

	if (p->last)
		return at - 1;
	for (;; at += n) {
		n = s->size - at < (off_t)sizeof(buf) ? s->size - at
		                                      : (ssize_t)sizeof(buf);
		n = fileio_pread(s->fd, buf, (size_t)n, at);
		if (n < 0)
			oldid_stop(s, -1);
		if (n <= 0)
			return -1;
		lf = memchr(buf, '\n', (size_t)n);
		if (lf)
			return at + (lf - buf);
	}
}

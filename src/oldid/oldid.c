/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oldid/oldid.h"

#include "oldid/oldidread.h"
#include "oldid/oldidscan.h"

const struct oldid_format oldid_formats[] = {
	{"x-uidl", "Qpopper as shipped, Mailutils, teapop: X-UIDL fields",
         &oldid_x_uidl},
	{"uw", "UW ipop3d, and Dovecot set to its ids", &oldid_uw},
	{"dovecot", "Dovecot 1.1 and later", &oldid_dovecot},
	{"dovecot-v.u", "Dovecot 0.99 and 1.0", &oldid_dovecot_vu},
	{"popa3d", "popa3d", &oldid_popa3d},
	{"qpopper-old", "Qpopper 2, and later ones with old-style-uid",
         &oldid_qpopper_old},
	{"qpopper-new", "Qpopper 3 and 4 without update-status-headers",
         &oldid_qpopper_new},
	{"solid", "solid-pop3d", &oldid_solid},
	{"tpop3d", "tpop3d", &oldid_tpop3d},
	{"teapop", "teapop that does not look at X-UIDL", &oldid_teapop},
	{"vm-pop3d", "vm-pop3d, gnu-pop3d", &oldid_vm_pop3d},
	{"openbsd", "OpenBSD's pop3d", &oldid_openbsd},
	{"dovecot-md5", "Dovecot with %m, %g or %{md5}", &oldid_dovecot_md5},
	{"dovecot-md5-all", "the same with mbox_md5 = all",
         &oldid_dovecot_md5_all},
	{NULL, NULL, NULL},
};

const struct oldid_format *oldid_format(const char *name)
{
	const struct oldid_format *f;

	for (f = oldid_formats; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

static void scan_pieces(struct oldid_scan *s, struct oldid_reader *r)
{
	struct oldid_piece p;
	off_t from = s->rules->begin ? s->rules->begin(s) : 0;
	int more = 0;

	oldid_read_from(r, s->fd, from, s->size, s->rules->piece);
	while (s->result == 0 && (more = oldid_read(r, &p)) > 0) {
		s->rules->take(s, &p);
		s->ended = p.last;
	}
	if (more < 0)
		oldid_stop(s, -1);
	if (s->result == 0 && s->rules->end)
		s->rules->end(s);
}

int oldid_scan(const struct oldid_format *f, int fd, off_t size,
               oldid_found_fn *found, void *to)
{
	struct oldid_reader *r;
	struct oldid_scan *s;
	int saved, result = -1;

	if (size == 0)
		return 0;
	r = malloc(sizeof(*r));
	s = calloc(1, sizeof(*s));
	if (r && s)
		s->digest = EVP_MD_CTX_new();
	if (s && s->digest) {
		s->rules = f->rules;
		s->found = found;
		s->to = to;
		s->fd = fd;
		s->size = size;
		s->start = -1;
		s->blank = true;
		scan_pieces(s, r);
		result = s->result;
		saved = errno;
		EVP_MD_CTX_free(s->digest);
		errno = saved;
	} else {
		errno = ENOMEM;
	}
	free(s);
	free(r);
	return result;
}

/* How many messages there are, and how many have an id of their own. */
struct count {
	unsigned int messages, ids;
};

static int count_one(void *to, const struct oldid *o)
{
	struct count *c = to;

	c->messages++;
	c->ids += o->id[0] && !o->note;
	return 0;
}

/* Returns 0, or -1 with errno. */
static int count_ids(const char *name, int fd, off_t size, struct count *ret)
{
	memset(ret, 0, sizeof(*ret));
	return oldid_scan(oldid_format(name), fd, size, count_one, ret) == -1
	               ? -1
	               : 0;
}

int oldid_guess(int fd, off_t size, struct oldid_guess *ret)
{
	struct count uidl, uw, dovecot;
	unsigned int uids;

	ret->format = NULL;
	if (count_ids("x-uidl", fd, size, &uidl) < 0 ||
	    count_ids("uw", fd, size, &uw) < 0 ||
	    count_ids("dovecot", fd, size, &dovecot) < 0)
		return -1;
	uids = uw.ids > dovecot.ids ? uw.ids : dovecot.ids;
	if (uids > 0) {
		(void)snprintf(ret->reason, sizeof(ret->reason),
		               "%u messages have an X-UID: UW and Dovecot both "
		               "write it, and show it in opposite order. Say "
		               "which it was: uw, dovecot or dovecot-v.u",
		               uids);
	} else if (2 * uidl.ids > uidl.messages) {
		ret->format = oldid_format("x-uidl");
		(void)snprintf(ret->reason, sizeof(ret->reason),
		               "%u of %u messages have an X-UIDL", uidl.ids,
		               uidl.messages);
	} else {
		(void)snprintf(ret->reason, sizeof(ret->reason),
		               "%u of %u messages have an X-UIDL, and none an "
		               "X-UID: the old server computed its ids. Say "
		               "which it was",
		               uidl.ids, uidl.messages);
	}
	return 0;
}

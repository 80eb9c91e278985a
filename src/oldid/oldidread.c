/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <strings.h>
#include <sys/types.h>

#include "oldid/oldidread.h"

#include "base/fileio.h"

void oldid_read_from(struct oldid_reader *r, int fd, off_t at, off_t end,
                     size_t most)
{
	r->fd = fd;
	r->at = at;
	r->end = end;
	r->most = most;
	r->chunk = sizeof(r->window);
	r->cut = false;
	r->from = r->n = 0;
}

/* Makes the window hold a whole piece.  Returns 0, or -1 with errno. */
static int fill_window(struct oldid_reader *r)
{
	off_t left = r->end - r->at - (off_t)r->n;
	size_t room = r->chunk - r->n;
	ssize_t n;

	memmove(r->window, r->window + r->from, r->n);
	r->from = 0;
	if (left < (off_t)room)
		room = (size_t)left;
	n = fileio_pread(r->fd, r->window + r->n, room, r->at + (off_t)r->n);
	if (n < 0)
		return -1;
	r->n += (size_t)n;
	if ((size_t)n < room) /* the file is shorter than it was */
		r->end = r->at + (off_t)r->n;
	return 0;
}

int oldid_read(struct oldid_reader *r, struct oldid_piece *ret)
{
	const char *lf;

	if (r->n < r->most && r->at + (off_t)r->n < r->end &&
	    fill_window(r) < 0)
		return -1;
	if (r->n == 0)
		return 0;
	ret->p = r->window + r->from;
	ret->n = r->n < r->most ? r->n : r->most;
	lf = memchr(ret->p, '\n', ret->n);
	if (lf)
		ret->n = (size_t)(lf - ret->p) + 1;
	else if (ret->n == OLDID_PIECE && ret->p[ret->n - 1] == '\r')
		ret->n--;
	ret->at = r->at;
	ret->first = !r->cut;
	ret->last = lf != NULL;
	r->cut = !lf;
	r->at += (off_t)ret->n;
	r->from += ret->n;
	r->n -= ret->n;
	return 1;
}

bool oldid_is(const struct oldid_piece *p, const char *text)
{
	size_t n = strlen(text);

	return p->n >= n && strncasecmp(p->p, text, n) == 0;
}

bool oldid_is_exactly(const struct oldid_piece *p, const char *text)
{
	size_t n = strlen(text);

	return p->n >= n && memcmp(p->p, text, n) == 0;
}

bool oldid_is_blank(const struct oldid_piece *p)
{
	return p->first && p->p[0] == '\n';
}

#include "mbox/mboxcheck.h"
#include "base/digest.h"
#include "base/fileio.h"
#include "mbox/mboxpart.h"

#define PIECE 8192

int mboxcheck_add(struct digest *d, int fd, off_t at, off_t end)
{
	char buf[PIECE];
	ssize_t n = 1;
	off_t left;

	for (; at < end && n > 0; at += n) {
		left = end - at;
		n = fileio_pread(fd, buf, left < PIECE ? (size_t)left : PIECE,
		                 at);
		if (n > 0)
			digest_add(d, buf, (size_t)n);
	}
	return n < 0 ? -1 : 0;
}

/* The first and the last octets of a header, so many of each. */
static int digest_parts(int fd, const struct mbox_message *m, off_t first,
                        off_t last, uint64_t *ret)
{
	struct digest *d;
	int r;

	d = digest_new();
	if (!d)
		return -1;
	r = mboxcheck_add(d, fd, m->start, m->start + first);
	if (r == 0)
		r = mboxcheck_add(d, fd, m->body - last, m->body);
	*ret = digest_end(d);
	digest_free(d);
	return r;
}

int mboxcheck_ends(int fd, const struct mbox_message *m, off_t n, uint64_t *ret)
{
	return digest_parts(fd, m, n, n, ret);
}

int mboxcheck_header(int fd, const struct mbox_message *m, bool *ret)
{
	off_t size = m->body - m->start;
	uint64_t digest = 0;
	char buf[PIECE];
	ssize_t n;

	if (size > PIECE) {
		if (digest_parts(fd, m, size, 0, &digest) < 0)
			return -1;
		*ret = digest == m->digest;
		return 0;
	}
	n = fileio_pread(fd, buf, (size_t)size, m->start);
	if (n < 0)
		return -1;
	*ret = n == size && digest_of(buf, (size_t)n) == m->digest;
	return 0;
}

/* What a scan is to find, and what it has found. */
struct finding {
	const struct mbox_message *want;
	off_t next; /* where another is to start */
	uint32_t found;
	bool same;
};

static bool are_alike(const struct mbox_message *a,
                      const struct mbox_message *b)
{
	return a->start == b->start && a->end == b->end &&
	       a->octets == b->octets && a->digest == b->digest &&
	       a->uidl.high == b->uidl.high && a->uidl.low == b->uidl.low;
}

static int compare(void *ctx, const struct mbox_message *m)
{
	struct finding *f = ctx;

	f->same = f->found++ == 0 ? are_alike(m, f->want)
	                          : f->same && m->start == f->next;
	return 0;
}

int mboxcheck_message(int fd, const struct mbox_message *m,
                      const struct mbox_message *next, off_t end, bool *ret)
{
	struct finding f = {m, next ? next->start : end, 0, false};
	int r;

	r = mboxpart_scan(fd, m->start, next ? next->body : end, compare, &f);
	*ret = r == 0 && f.same && f.found == (next ? 2 : 1);
	return r == -1 ? -1 : 0;
}

int mboxcheck_blank(int fd, off_t at, int *ret)
{
	char buf[] = {'\n', '\n', '\n'}; /* the file's start is one, too */
	off_t n = at < 3 ? at : 3;

	*ret = 0;
	if (at == 0)
		return 0;
	if (fileio_pread(fd, buf + 3 - n, (size_t)n, at - n) < 0)
		return -1;
	*ret = -1;
	if (buf[2] == '\n' && buf[1] == '\n')
		*ret = 1;
	else if (buf[2] == '\n' && buf[1] == '\r' && buf[0] == '\n')
		*ret = 2;
	return 0;
}

#include "mboxcheck.h"
#include "calls.h"
#include "digest.h"
#include "mboxpart.h"

#define PIECE 8192

int mboxcheck_add(struct digest *d, int fd, off_t at, off_t end)
{
	char buf[PIECE];
	ssize_t n = 1;
	off_t left;

	for (; at < end && n > 0; at += n) {
		left = end - at;
		n = calls_pread(fd, buf, left < PIECE ? (size_t)left : PIECE,
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
	n = calls_pread(fd, buf, (size_t)size, m->start);
	if (n < 0)
		return -1;
	*ret = n == size && digest_of(buf, (size_t)n) == m->digest;
	return 0;
}

/* What a scan of the range is to find, and what it has found. */
struct finding {
	const struct mbox_message *want;
	uint32_t found;
	bool same;
};

static int compare(void *ctx, const struct mbox_message *m)
{
	struct finding *f = ctx;

	f->found++;
	f->same = m->start == f->want->start && m->end == f->want->end &&
	          m->octets == f->want->octets &&
	          m->digest == f->want->digest &&
	          m->uidl.high == f->want->uidl.high &&
	          m->uidl.low == f->want->uidl.low;
	return 0;
}

int mboxcheck_range(int fd, const struct mbox_message *m, off_t next, bool *ret)
{
	struct finding f = {.want = m};
	int r;

	r = mboxpart_scan(fd, m->start, next, compare, &f);
	*ret = r == 0 && f.found == 1 && f.same;
	return r == -1 ? -1 : 0;
}

int mboxcheck_blank(int fd, off_t at, int *ret)
{
	char buf[] = {'\n', '\n', '\n'}; /* the file's start is one, too */
	off_t n = at < 3 ? at : 3;

	*ret = 0;
	if (at == 0)
		return 0;
	if (calls_pread(fd, buf + 3 - n, (size_t)n, at - n) < 0)
		return -1;
	*ret = -1;
	if (buf[2] == '\n' && buf[1] == '\n')
		*ret = 1;
	else if (buf[2] == '\n' && buf[1] == '\r' && buf[0] == '\n')
		*ret = 2;
	return 0;
}

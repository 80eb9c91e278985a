/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/digest.h"
#include "base/fileio.h"
#include "index/mboxrange.h"

#define SCAN_OCTETS  (512 << 10) /* read at once: the processor caches them */
#define SHORT_HEADER 8192        /* octets of a header that is read at once */

static int feed_file(struct mboxscan *scan, int fd, off_t at, off_t end,
                     char *buf)
{
	ssize_t n;
	int r = 0;

	for (; r == 0 && at < end; at += n) {
		n = end - at < SCAN_OCTETS ? end - at : SCAN_OCTETS;
		n = fileio_pread(fd, buf, (size_t)n, at);
		if (n <= 0)
			return n < 0 ? -1 : MBOXRANGE_SHORT;
		r = mboxscan_feed(scan, buf, (size_t)n);
	}
	return r == 0 ? mboxscan_end(scan) : r;
}

int mboxrange_scan(int fd, off_t at, off_t end, mboxscan_fn *found, void *ctx)
{
	/* A short range needs no large buffer. */
	size_t n = end - at < SCAN_OCTETS ? (size_t)(end - at) : SCAN_OCTETS;
	struct mboxscan *scan;
	char *buf = NULL;
	int r = -1;

	scan = mboxscan_new(found, ctx);
	if (scan)
		buf = fileio_buffer(n + FILEIO_ALIGN);
	if (buf) {
		if (at > 0)
			mboxscan_from(scan, at);
		r = feed_file(scan, fd, at, end, fileio_aligned(buf, at));
	}
	free(buf);
	mboxscan_free(scan);
	return r;
}

/* Digests the first and the last octets of a header. */
static int digest_ends(int fd, const struct mbox_message *m, off_t first,
                       off_t last, uint64_t *ret)
{
	struct digest *d;
	int done = -1;

	d = digest_new();
	if (!d)
		return -1;
	if (digest_add_file(d, fd, m->start, m->start + first) >= 0 &&
	    digest_add_file(d, fd, m->body - last, m->body) >= 0)
		done = 0;
	*ret = digest_end(d);
	digest_free(d);
	return done;
}

int mboxrange_header_ends(int fd, const struct mbox_message *m, off_t n,
                          uint64_t *ret)
{
	return digest_ends(fd, m, n, n, ret);
}

int mboxrange_header(int fd, const struct mbox_message *m, bool *ret)
{
	off_t size = m->body - m->start;
	uint64_t digest = 0;
	char buf[SHORT_HEADER];
	ssize_t n;

	if (size > SHORT_HEADER) {
		if (digest_ends(fd, m, size, 0, &digest) < 0)
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
	off_t next; /* where another message is to start */
	uint32_t found;
	bool same;
};

static int compare_found(void *ctx, const struct mbox_message *m)
{
	struct finding *f = ctx;
	const struct mbox_message *want = f->want;

	if (f->found++ > 0)
		f->same = f->same && m->start == f->next;
	else
		f->same = m->start == want->start && m->end == want->end &&
		          m->octets == want->octets &&
		          m->digest == want->digest &&
		          m->uidl.high == want->uidl.high &&
		          m->uidl.low == want->uidl.low;
	return 0;
}

int mboxrange_message(int fd, const struct mbox_message *m,
                      const struct mbox_message *next, off_t end, bool *ret)
{
	struct finding f = {m, next ? next->start : end, 0, false};
	int r;

	r = mboxrange_scan(fd, m->start, next ? next->body : end, compare_found,
	                   &f);
	*ret = r == 0 && f.same && f.found == (next ? 2 : 1);
	return r == -1 ? -1 : 0;
}

int mboxrange_blank_before(int fd, off_t at, int *ret)
{
	/* The file's start ends a line, too. */
	char buf[] = {'\n', '\n', '\n'};
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

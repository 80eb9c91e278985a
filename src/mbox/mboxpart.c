#include <stdlib.h>

#include "base/fileio.h"
#include "mbox/mboxpart.h"

#define PIECE (512 << 10) /* which the processor's cache holds */

static int feed_pieces(struct mboxscan *scan, int fd, off_t at, off_t end,
                       char *buf)
{
	ssize_t n;
	int r = 0;

	for (; r == 0 && at < end; at += n) {
		n = end - at < PIECE ? end - at : PIECE;
		n = fileio_pread(fd, buf, (size_t)n, at);
		if (n <= 0)
			return n < 0 ? -1 : MBOXPART_SHORT;
		r = mboxscan_feed(scan, buf, (size_t)n);
	}
	return r == 0 ? mboxscan_end(scan) : r;
}

/* What is small needs no large buffer. */
static int feed(struct mboxscan *scan, int fd, off_t at, off_t end)
{
	size_t n = end - at < PIECE ? (size_t)(end - at) : PIECE;
	char *buf;
	int r;

	buf = fileio_buffer(n + FILEIO_ALIGN);
	if (!buf)
		return -1;
	r = feed_pieces(scan, fd, at, end, fileio_aligned(buf, at));
	free(buf);
	return r;
}

int mboxpart_scan(int fd, off_t at, off_t end, mboxscan_fn *found, void *ctx)
{
	struct mboxscan *scan;
	int r;

	scan = mboxscan_new(found, ctx);
	if (!scan)
		return -1;
	if (at > 0)
		mboxscan_from(scan, at);
	r = feed(scan, fd, at, end);
	mboxscan_free(scan);
	return r;
}

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "calls.h"
#include "update.h"

#define PIECE (1 << 20)

/* Moves what stands from start to end down to *to, which moves on. */
static int move_down(int fd, char *buf, off_t start, off_t end, off_t *to)
{
	ssize_t got;
	off_t left;

	for (; start < end; start += got, *to += got) {
		left = end - start;
		got = calls_pread(fd, buf, left < PIECE ? (size_t)left : PIECE,
		                  start);
		if (got == 0)
			errno = EIO; /* the file was cut under our lock */
		if (got <= 0 || calls_pwrite(fd, buf, (size_t)got, *to) < 0)
			return -1;
	}
	return 0;
}

static int cut(int fd, off_t size)
{
	if (calls.ftruncate(fd, size) < 0)
		return -1;
	return calls.fsync(fd);
}

/* Would a write below this size fail half way? */
static int check_limit(off_t size)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) < 0)
		return -1;
	if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < (rlim_t)size) {
		errno = EFBIG;
		return -1;
	}
	return 0;
}

int update_remove(int mailbox, const struct range *gone, size_t n, off_t size)
{
	off_t to = gone[0].start;
	char *buf;
	size_t i;
	int r = 0;

	if (check_limit(size) < 0)
		return -1;
	if (n == 1 && gone[0].end == size)
		return cut(mailbox, to);
	buf = malloc(PIECE);
	if (!buf)
		return -1;
	for (i = 0; i < n && r == 0; i++)
		r = move_down(mailbox, buf, gone[i].end,
		              i + 1 < n ? gone[i + 1].start : size, &to);
	free(buf);
	if (r == 0)
		r = calls.fdatasync(mailbox);
	return r < 0 ? r : cut(mailbox, to);
}

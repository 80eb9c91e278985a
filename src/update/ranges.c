/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include "base/fileio.h"
#include "update/ranges.h"

#define COPY_OCTETS 65536 /* copied at once */

/* Octets after which the disk is told to write what has been copied. */
#define WRITE_AHEAD ((off_t)1 << 20)

off_t ranges_octets(const struct range *r, size_t n)
{
	off_t sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += r[i].end - r[i].start;
	return sum;
}

/* Reads the next n octets of ranges, from *at in *r on; both move on. */
static int read_across(int fd, const struct range **r, off_t *at, char *buf,
                       size_t n)
{
	size_t k;
	ssize_t got;

	for (; n > 0; n -= k, buf += k, *at += (off_t)k) {
		if (*at == (*r)->end)
			*at = (++*r)->start;
		k = (size_t)((*r)->end - *at);
		k = k < n ? k : n;
		got = fileio_pread(fd, buf, k, *at);
		if (got < 0)
			return -1;
		if ((size_t)got < k) /* the file was cut under our lock */
			return fileio_fail((struct fileio_failure){fd, EIO});
	}
	return 0;
}

int ranges_copy(int from, const struct range *r, off_t n,
                struct ranges_place to, struct digest *d)
{
	static _Alignas(FILEIO_ALIGN) char space[COPY_OCTETS + FILEIO_ALIGN];
	off_t at = r->start, started = to.at;
	char *buf;
	size_t k;

	for (; n > 0; n -= (off_t)k, to.at += (off_t)k) {
		if (to.at - started >= WRITE_AHEAD) {
			fileio_start_writing(to.fd, started, to.at - started);
			started = to.at;
		}
		buf = fileio_aligned(space, at);
		k = n < COPY_OCTETS ? (size_t)n : COPY_OCTETS;
		if (read_across(from, &r, &at, buf, k) < 0 ||
		    fileio_pwrite(to.fd, buf, k, to.at) < 0)
			return -1;
		if (d)
			digest_add(d, buf, k);
	}
	return 0;
}

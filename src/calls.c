#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "calls.h"

#define PAGE 4096

static int set_lock(int fd, struct flock *l)
{
	return fcntl(fd, F_OFD_SETLK, l);
}

static int get_extents(int fd, struct fiemap *map)
{
	return ioctl(fd, FS_IOC_FIEMAP, map);
}

struct calls calls = {
	.pread = pread,
	.pwrite = pwrite,
	.fdatasync = fdatasync,
	.fsync = fsync,
	.ftruncate = ftruncate,
	.fallocate = fallocate,
	.fstat = fstat,
	.fiemap = get_extents,
	.fstatfs = fstatfs,
	.lock = set_lock,
};

ssize_t calls_pread(int fd, void *buf, size_t n, off_t at)
{
	size_t done = 0;
	ssize_t got;

	while (done < n) {
		got = calls.pread(fd, (char *)buf + done, n - done,
		                  at + (off_t)done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

int calls_pwrite(int fd, const void *buf, size_t n, off_t at)
{
	size_t done = 0;
	ssize_t put;

	while (done < n) {
		put = calls.pwrite(fd, (const char *)buf + done, n - done,
		                   at + (off_t)done);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		if (put == 0) {
			errno = EIO; /* a regular file never does this */
			return -1;
		}
		done += (size_t)put;
	}
	return 0;
}

void calls_start_writing(int fd, off_t at, off_t n)
{
	(void)sync_file_range(fd, at, n, SYNC_FILE_RANGE_WRITE);
}

void calls_read_ahead(int fd)
{
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
}

void *calls_buffer(size_t n)
{
	void *buf;
	int error;

	error = posix_memalign(&buf, PAGE, n);
	if (!error)
		return buf;
	errno = error;
	return NULL;
}

char *calls_aligned(char *buf, off_t at)
{
	return buf + at % CALLS_ALIGN;
}

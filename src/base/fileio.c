/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fileio.h"

#define PAGE 4096

static int set_lock(int fd, struct flock *l)
{
	return fcntl(fd, F_OFD_SETLK, l);
}

static int get_extents(int fd, struct fiemap *map)
{
	return ioctl(fd, FS_IOC_FIEMAP, map);
}

struct fileio fileio = {
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

static struct fileio_failure last = {-1, 0};

struct fileio_failure fileio_failure(void)
{
	return (struct fileio_failure){last.error == errno ? last.fd : -1,
	                               errno};
}

int fileio_fail(struct fileio_failure f)
{
	last = f;
	errno = f.error;
	return -1;
}

/* Keeps the failure if result is -1.  Returns result. */
static int note_failure(int fd, int result)
{
	if (result < 0)
		last = (struct fileio_failure){fd, errno};
	return result;
}

int fileio_fdatasync(int fd)
{
	return note_failure(fd, fileio.fdatasync(fd));
}

int fileio_fsync(int fd)
{
	return note_failure(fd, fileio.fsync(fd));
}

int fileio_ftruncate(int fd, off_t size)
{
	return note_failure(fd, fileio.ftruncate(fd, size));
}

int fileio_fallocate(int fd, int mode, off_t at, off_t n)
{
	return note_failure(fd, fileio.fallocate(fd, mode, at, n));
}

int fileio_fstat(int fd, struct stat *st)
{
	return note_failure(fd, fileio.fstat(fd, st));
}

int fileio_fiemap(int fd, struct fiemap *map)
{
	return note_failure(fd, fileio.fiemap(fd, map));
}

int fileio_fstatfs(int fd, struct statfs *fs)
{
	return note_failure(fd, fileio.fstatfs(fd, fs));
}

int fileio_lock(int fd, struct flock *l)
{
	return note_failure(fd, fileio.lock(fd, l));
}

ssize_t fileio_pread(int fd, void *buf, size_t n, off_t at)
{
	size_t done = 0;
	ssize_t got;

	while (done < n) {
		got = fileio.pread(fd, (char *)buf + done, n - done,
		                   at + (off_t)done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return note_failure(fd, -1);
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

int fileio_pwrite(int fd, const void *buf, size_t n, off_t at)
{
	size_t done = 0;
	ssize_t put;

	while (done < n) {
		put = fileio.pwrite(fd, (const char *)buf + done, n - done,
		                    at + (off_t)done);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return note_failure(fd, -1);
		if (put == 0) /* a regular file never does this */
			return fileio_fail((struct fileio_failure){fd, EIO});
		done += (size_t)put;
	}
	return 0;
}

void fileio_start_writing(int fd, off_t at, off_t n)
{
	(void)sync_file_range(fd, at, n, SYNC_FILE_RANGE_WRITE);
}

void fileio_read_ahead(int fd)
{
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
}

void *fileio_buffer(size_t n)
{
	void *buf;
	int error;

	error = posix_memalign(&buf, PAGE, n);
	if (!error)
		return buf;
	errno = error;
	return NULL;
}

char *fileio_aligned(char *buf, off_t at)
{
	return buf + at % FILEIO_ALIGN;
}

/* SPDX-License-Identifier: ISC */
/*
 * A mailbox and its state for a target: real files in a directory in memory,
 * and the calls of src/base/fileio.h, which do not wait for a disk.
 */
#ifndef FILES_H
#define FILES_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "base/fileio.h"
#include "fuzz.h"

#define FILES_MOST (1 << 20) /* octets of a file */

static struct fileio files_real;
static int files_fail; /* the call that fails, counted down; 0: none */
static bool files_failed;
static bool files_busy; /* another program has the mailbox locked */

static inline bool files_fails(void)
{
	if (files_fail == 0 || --files_fail > 0)
		return false;
	files_failed = true;
	errno = EIO;
	return true;
}

static inline ssize_t files_pread(int fd, void *buf, size_t n, off_t at)
{
	return files_fails() ? -1 : files_real.pread(fd, buf, n, at);
}

static inline ssize_t files_pwrite(int fd, const void *buf, size_t n, off_t at)
{
	return files_fails() ? -1 : files_real.pwrite(fd, buf, n, at);
}

static inline int files_ftruncate(int fd, off_t size)
{
	return files_fails() ? -1 : files_real.ftruncate(fd, size);
}

static inline int files_fallocate(int fd, int mode, off_t at, off_t n)
{
	return files_fails() ? -1 : files_real.fallocate(fd, mode, at, n);
}

static inline int files_sync(int fd)
{
	(void)fd;
	return files_fails() ? -1 : 0;
}

static inline int files_lock(int fd, struct flock *l)
{
	(void)fd;
	(void)l;
	if (!files_busy)
		return 0;
	errno = EAGAIN;
	return -1;
}

static inline void files_init(void)
{
	files_real = fileio;
	fileio.pread = files_pread;
	fileio.pwrite = files_pwrite;
	fileio.ftruncate = files_ftruncate;
	fileio.fallocate = files_fallocate;
	fileio.fdatasync = fileio.fsync = files_sync;
	fileio.lock = files_lock;
}

static inline void files_reset(void)
{
	files_fail = 0;
	files_failed = files_busy = false;
}

static char files_directory[64];

static inline void files_remove(void)
{
	char command[96];

	(void)snprintf(command, sizeof(command), "rm -rf %s", files_directory);
	FUZZ_CHECK(system(command) == 0);
}

/* Makes the directory, which is removed when the process exits. */
static inline void files_make_directory(void)
{
	const char *where = getenv("TMPDIR");

	(void)snprintf(files_directory, sizeof(files_directory),
	               "%s/onepop-fuzz-XXXXXX", where ? where : "/dev/shm");
	FUZZ_CHECK(mkdtemp(files_directory));
	FUZZ_CHECK(atexit(files_remove) == 0);
}

/* Makes a file in it with these octets and no others. */
static inline void files_write(const char *name, const void *p, size_t n)
{
	char path[PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", files_directory, name);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FUZZ_CHECK(fd >= 0);
	FUZZ_CHECK(n == 0 || write(fd, p, n) == (ssize_t)n);
	FUZZ_CHECK(close(fd) == 0);
}

struct files_text {
	char s[FILES_MOST];
	size_t n;
};

/* Reads a whole file. */
static inline void files_read(int fd, struct files_text *ret)
{
	ssize_t n = pread(fd, ret->s, sizeof(ret->s), 0);

	FUZZ_CHECK(n >= 0 && n < FILES_MOST);
	ret->n = (size_t)n;
}

static inline void files_append(struct files_text *t, const void *p, size_t n)
{
	FUZZ_CHECK(n <= sizeof(t->s) - t->n);
	memcpy(t->s + t->n, p, n);
	t->n += n;
}

static inline bool files_same(const struct files_text *a,
                              const struct files_text *b)
{
	return a->n == b->n && memcmp(a->s, b->s, a->n) == 0;
}

#endif

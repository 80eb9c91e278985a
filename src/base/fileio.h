/* SPDX-License-Identifier: ISC */
/*
 * The table of file calls that tests replace: the system calls that touch a
 * mailbox or its state.  A test can make any of them fail, or do half of its
 * work, or kill the process.  No other code in src/ makes these calls on these
 * files.
 */
#ifndef ONEPOP_FILEIO_H
#define ONEPOP_FILEIO_H

#include <sys/stat.h>
#include <sys/types.h>

struct fiemap;
struct flock;
struct statfs;

struct fileio {
	ssize_t (*pread)(int fd, void *buf, size_t n, off_t at);
	ssize_t (*pwrite)(int fd, const void *buf, size_t n, off_t at);
	int (*fdatasync)(int fd);
	int (*fsync)(int fd);
	int (*ftruncate)(int fd, off_t size);
	int (*fallocate)(int fd, int mode, off_t at, off_t n);
	int (*fstat)(int fd, struct stat *st);
	int (*fiemap)(int fd, struct fiemap *map); /* FS_IOC_FIEMAP */
	int (*fstatfs)(int fd, struct statfs *fs);
	int (*lock)(int fd, struct flock *l); /* fcntl(F_OFD_SETLK) */
};

extern struct fileio fileio;

/* Call the table's functions, and keep a failure for fileio_failure. */
int fileio_fdatasync(int fd);
int fileio_fsync(int fd);
int fileio_ftruncate(int fd, off_t size);
int fileio_fallocate(int fd, int mode, off_t at, off_t n);
int fileio_fstat(int fd, struct stat *st);
int fileio_fiemap(int fd, struct fiemap *map);
int fileio_fstatfs(int fd, struct statfs *fs);
int fileio_lock(int fd, struct flock *l);

/* An error, and the file it concerns. */
struct fileio_failure {
	int fd; /* -1: no file */
	int error;
};

/*
 * Returns errno, with the file of the last failure of this module if errno
 * still is that failure's: whoever logs the error can name the file.
 */
struct fileio_failure fileio_failure(void);

/* Makes f the last failure, and sets errno.  Returns -1. */
int fileio_fail(struct fileio_failure f);

/*
 * Like pread(2) and pwrite(2), but go on until all is done or a call fails.
 * fileio_pread returns the octets read, less than n only at the file's end,
 * or -1 with errno.  fileio_pwrite returns 0, or -1 with errno.
 */
ssize_t fileio_pread(int fd, void *buf, size_t n, off_t at);
int fileio_pwrite(int fd, const void *buf, size_t n, off_t at);

/*
 * Starts writing n octets of a file to the disk, so that a later sync is
 * faster.  A hint: it does not fail, and nothing depends on it.
 */
void fileio_start_writing(int fd, off_t at, off_t n);

/*
 * Lets the kernel read far ahead while a file is read in order.  A hint, too;
 * do not call it after login, where the filter kills the process for it.
 */
void fileio_read_ahead(int fd);

/*
 * Returns a buffer to read into that begins on a page, for the caller to
 * free(3); or NULL with errno.  malloc's large buffers begin a few octets
 * after one, and some processors take five times as long to copy to these.
 */
void *fileio_buffer(size_t n);

#define FILEIO_ALIGN 64 /* octets, at least what a processor copies at once */

/*
 * For the same reason: returns the place in buf, less than FILEIO_ALIGN octets
 * from its start, to which to read the octets at that offset of a file.  buf
 * must be aligned to FILEIO_ALIGN.
 */
char *fileio_aligned(char *buf, off_t at);

#endif

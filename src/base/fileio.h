/*
 * The system calls that touch a mailbox or its journal, in one table, so
 * that tests can fail, cut short or kill any of them.  Nothing else in src/
 * calls these functions on those files.
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

extern struct fileio calls;

/* The table's functions, which fileio_failure tells of when they fail. */
int fileio_fdatasync(int fd);
int fileio_fsync(int fd);
int fileio_ftruncate(int fd, off_t size);
int fileio_fallocate(int fd, int mode, off_t at, off_t n);
int fileio_fstat(int fd, struct stat *st);
int fileio_fiemap(int fd, struct fiemap *map);
int fileio_fstatfs(int fd, struct statfs *fs);
int fileio_lock(int fd, struct flock *l);

/* An error, and the file that it is about. */
struct fileio_failure {
	int fd; /* -1: of no file */
	int error;
};

/*
 * errno, and the file of the function of this header that failed last, if it
 * is its error: so the one who logs an error can name the file.
 */
struct fileio_failure fileio_failure(void);

/* Makes f the last failure, and sets errno.  Returns -1. */
int fileio_fail(struct fileio_failure f);

/*
 * As pread(2) and pwrite(2), but go on until all is done or it fails.
 * fileio_pread returns the octets read, less than n only at the file's end,
 * or -1 with errno.  fileio_pwrite returns 0, or -1 with errno.
 */
ssize_t fileio_pread(int fd, void *buf, size_t n, off_t at);
int fileio_pwrite(int fd, const void *buf, size_t n, off_t at);

/*
 * Starts writing n octets of a file to the disk, so that a sync later has less
 * to wait for.  A hint, on which nothing depends: it does not fail.
 */
void fileio_start_writing(int fd, off_t at, off_t n);

/*
 * Where a file is read on from a place the disk may be far ahead: a hint, too.
 * Not to be given after login.
 */
void fileio_read_ahead(int fd);

/*
 * A buffer to read into, of whole pages; free(3) ends it.  Copying from the
 * page cache to a place a few octets behind a page's start, where malloc has
 * large buffers begin, takes some processors five times as long.  Returns NULL
 * with errno where there is no memory.
 */
void *fileio_buffer(size_t n);

#define FILEIO_ALIGN 64 /* octets: what a processor moves at once, or more */

/*
 * For the same reason: where, less than FILEIO_ALIGN octets behind the start of
 * a buffer that is aligned to them, what stands at a place of a file should be
 * read to.
 */
char *fileio_aligned(char *buf, off_t at);

#endif

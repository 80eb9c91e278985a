#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "journal.h"

#define JOURNAL_PAUSE 25 /* milliseconds between tries for the lock */
#define ASIDE         "setaside"
#define ASIDE_AT      (2 * JOURNAL_SLOT - 8)

static int close_failed(struct journal *j)
{
	int saved = errno;

	(void)close(j->fd);
	j->fd = -1;
	errno = saved;
	return -1;
}

void journal_close(struct journal *j)
{
	if (j->fd >= 0)
		(void)close(j->fd);
	j->fd = -1;
}

/* A regular file of ours that has no other name. */
static int check_file(int fd, struct stat *st)
{
	if (calls.fstat(fd, st) < 0)
		return -1;
	if (S_ISREG(st->st_mode) && st->st_uid == geteuid() &&
	    st->st_nlink <= 1)
		return 0;
	errno = EPERM;
	return -1;
}

static int take_lock(int fd, deadline_t until)
{
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK || deadline_left(until) == 0)
			return -1;
		deadline_sleep_until(deadline_now() + JOURNAL_PAUSE);
	}
	return 0;
}

/* Has the locked file been renamed, or removed, before we had the lock? */
static bool is_stale(int dir, const char *file, const struct stat *st)
{
	struct stat now;

	return fstatat(dir, file, &now, AT_SYMLINK_NOFOLLOW) < 0 ||
	       now.st_ino != st->st_ino;
}

static bool is_aside(int fd)
{
	char mark[8];

	return calls_pread(fd, mark, 8, ASIDE_AT) == 8 &&
	       memcmp(mark, ASIDE, 8) == 0;
}

static int rename_aside(int dir, const char *file)
{
	char name[NAME_MAX + 32];

	(void)snprintf(name, sizeof(name), "%s.%jd", file,
	               (intmax_t)time(NULL));
	return renameat(dir, file, dir, name);
}

/* Opens the file, or makes it, so that it is there after a power cut. */
static int open_file(int dir, const char *file)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd;

	fd = openat(dir, file, flags);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	fd = openat(dir, file, flags | O_CREAT, 0600);
	if (fd >= 0 && fsync(dir) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* The state directory, if it is ours alone. */
static int open_directory(const char *path)
{
	struct stat st;
	int fd;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return fd;
	(void)close(fd);
	errno = EPERM;
	return -1;
}

/* Opens and locks the file.  Returns 1 where that must be done again. */
static int open_once(struct journal *j, int dir, const char *file,
                     deadline_t until)
{
	struct stat st;

	j->fd = open_file(dir, file);
	if (j->fd < 0)
		return -1;
	if (check_file(j->fd, &st) < 0 || take_lock(j->fd, until) < 0)
		return close_failed(j);
	if (is_stale(dir, file, &st)) {
		journal_close(j);
		return 1;
	}
	if (!is_aside(j->fd))
		return 0;
	if (rename_aside(dir, file) < 0)
		return close_failed(j);
	journal_close(j);
	return 1;
}

int journal_open(struct journal *j, const char *state_dir, const char *name,
                 deadline_t until)
{
	char file[NAME_MAX + 1];
	int dir, again, saved;

	memset(j, 0, sizeof(*j));
	j->fd = -1;
	(void)snprintf(file, sizeof(file), "%s.journal", name);
	dir = open_directory(state_dir);
	if (dir < 0)
		return -1;
	do
		again = open_once(j, dir, file, until);
	while (again > 0);
	saved = errno;
	(void)close(dir);
	errno = saved;
	return again;
}

void journal_set_aside(struct journal *j)
{
	(void)calls_pwrite(j->fd, ASIDE, sizeof(ASIDE) - 1, ASIDE_AT);
	(void)calls.fdatasync(j->fd);
}

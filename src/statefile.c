#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "calls.h"
#include "statefile.h"

static int refuse(int fd, int error)
{
	(void)close(fd);
	errno = error;
	return -1;
}

int statefile_directory(const char *path)
{
	struct stat st;
	int fd;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return fd;
	return refuse(fd, EPERM);
}

static bool is_ours(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_uid == geteuid() &&
	       st->st_nlink <= 1;
}

int statefile_open(int dir, const char *file, struct stat *ret)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd;

	fd = openat(dir, file, flags | O_CREAT, 0600);
	if (fd < 0)
		return -1;
	if (calls.fstat(fd, ret) < 0)
		return refuse(fd, errno);
	return is_ours(ret) ? fd : refuse(fd, EPERM);
}

/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fileio.h"
#include "base/statefile.h"
#include "base/statename.h"

static int close_with_error(int fd, int error)
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
	    !statefile_others_write(&st))
		return fd;
	return close_with_error(fd, EPERM);
}

bool statefile_others_write(const struct stat *st)
{
	return st->st_mode & (S_IWGRP | S_IWOTH);
}

bool statefile_is_ours(const struct stat *st)
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
	if (fileio_fstat(fd, ret) < 0)
		return close_with_error(fd, errno);
	return statefile_is_ours(ret) ? fd : close_with_error(fd, EPERM);
}

static bool holds_only_state(DIR *dir)
{
	const struct dirent *entry;

	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0 &&
		    !statename_is_state(entry->d_name))
			return false;
	rewinddir(dir);
	return true;
}

static int give_files(DIR *dir, uid_t uid, gid_t gid)
{
	const struct dirent *entry;
	int fd, given = 0;
	struct stat st;

	while ((entry = readdir(dir))) {
		if (*entry->d_name == '.')
			continue;
		fd = statefile_open(dirfd(dir), entry->d_name, &st);
		if (fd < 0)
			continue; /* the session that opens it logs it */
		given |= fchown(fd, uid, gid);
		(void)close(fd);
	}
	return given | fchown(dirfd(dir), uid, gid);
}

int statefile_give(const char *path, uid_t uid, gid_t gid)
{
	int fd, given = 0;
	struct stat st;
	DIR *dir;

	/* The usual case: it belongs to that user already. */
	if (uid == 0 || (stat(path, &st) == 0 && st.st_uid == uid))
		return 0;
	fd = statefile_directory(path);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir && holds_only_state(dir))
		given = give_files(dir, uid, gid);
	if (dir)
		(void)closedir(dir);
	else if (fd >= 0)
		(void)close(fd);
	return given;
}

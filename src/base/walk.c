/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/statefile.h"
#include "base/walk.h"

#define DIRECTORY (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define LINK      (O_PATH | O_NOFOLLOW | O_CLOEXEC)
#define LINKS     8 /* a path with more links is a mistake */

struct walk {
	int start;  /* the caller's directory, which stays open */
	int at;     /* the directory reached */
	bool roots; /* only root can write that one and each before it */
	int links;  /* followed so far */
};

static int fail_with(int error)
{
	errno = error;
	return -1;
}

/* Keeps errno. */
static void close_reached(struct walk *w)
{
	int error = errno;

	if (w->at != w->start)
		(void)close(w->at);
	errno = error;
}

/* Goes on to the directory fd, unless that is -1. */
static int enter_directory(struct walk *w, int fd)
{
	struct stat st;

	if (fd < 0)
		return -1;
	if (w->at != fd)
		close_reached(w);
	w->at = fd;
	if (fstat(fd, &st) < 0)
		return -1;
	if (st.st_uid != 0 || statefile_others_write(&st))
		w->roots = false;
	return 0;
}

/* Reads the target of a link that belongs to root. */
static int read_roots_link(int fd, char target[static PATH_MAX])
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -1;
	if (!S_ISLNK(st.st_mode))
		return fail_with(ENOTDIR);
	if (st.st_uid != 0)
		return fail_with(ELOOP);
	n = readlinkat(fd, "", target, PATH_MAX - 1);
	if (n < 0)
		return -1;
	target[n] = '\0';
	return 0;
}

static int walk_parts(struct walk *w, const char *path);

/* The part is not a directory, but may be a link to one. */
static int follow_link(struct walk *w, const char *part)
{
	char target[PATH_MAX];
	int fd, ret;

	fd = openat(w->at, part, LINK);
	if (fd < 0)
		return -1;
	ret = read_roots_link(fd, target);
	(void)close(fd);
	if (ret == 0 && (!w->roots || ++w->links > LINKS))
		ret = fail_with(ELOOP);
	if (ret == 0 && *target == '/')
		ret = enter_directory(w, open("/", DIRECTORY));
	return ret < 0 ? -1 : walk_parts(w, target);
}

static int walk_part(struct walk *w, const char *part)
{
	int fd;

	if (strcmp(part, ".") == 0 || strcmp(part, "..") == 0)
		return fail_with(EXDEV);
	fd = openat(w->at, part, DIRECTORY);
	if (fd < 0 && errno == ENOTDIR)
		return follow_link(w, part);
	return enter_directory(w, fd);
}

static int walk_parts(struct walk *w, const char *path)
{
	char part[NAME_MAX + 1];
	int n;

	for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
		n = (int)strcspn(path, "/");
		if (n > NAME_MAX)
			return fail_with(ENAMETOOLONG);
		(void)snprintf(part, sizeof(part), "%.*s", n, path);
		if (walk_part(w, part) < 0)
			return -1;
		path += n;
	}
	return 0;
}

const char *walk_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int walk_directory(int dir, const char *path)
{
	struct walk w = {.start = dir, .at = dir, .roots = true};
	const size_t n = (size_t)(walk_name(path) - path);
	char before[PATH_MAX];

	if (n == 0)
		return dir;
	if (*path == '/')
		return fail_with(EXDEV);
	if (n >= sizeof(before))
		return fail_with(ENAMETOOLONG);
	memcpy(before, path, n);
	before[n] = '\0';
	if (enter_directory(&w, dir) == 0 && walk_parts(&w, before) == 0)
		return w.at;
	close_reached(&w);
	return -1;
}

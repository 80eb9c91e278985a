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
#define LINKS     8 /* more are no path but a mistake */

struct walk {
	int start;  /* the caller's directory, which stays open */
	int at;     /* the directory that has been reached */
	bool roots; /* it, and each one before it, only root may write */
	int links;  /* that have been followed */
};

static int refuse(int error)
{
	errno = error;
	return -1;
}

static void leave(struct walk *w)
{
	int error = errno;

	if (w->at != w->start)
		(void)close(w->at);
	errno = error;
}

static int enter(struct walk *w, int fd)
{
	struct stat st;

	if (fd < 0)
		return -1;
	if (w->at != fd)
		leave(w);
	w->at = fd;
	if (fstat(fd, &st) < 0)
		return -1;
	if (st.st_uid != 0 || statefile_others_write(&st))
		w->roots = false;
	return 0;
}

/* Reads a link, which must be root's. */
static int read_link(int fd, char target[static PATH_MAX])
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -1;
	if (!S_ISLNK(st.st_mode))
		return refuse(ENOTDIR);
	if (st.st_uid != 0)
		return refuse(ELOOP);
	n = readlinkat(fd, "", target, PATH_MAX - 1);
	if (n < 0)
		return -1;
	target[n] = '\0';
	return 0;
}

static int descend(struct walk *w, const char *path);

/* The part is no directory: it may be a link to one. */
static int follow(struct walk *w, const char *part)
{
	char target[PATH_MAX];
	int fd, ret;

	fd = openat(w->at, part, LINK);
	if (fd < 0)
		return -1;
	ret = read_link(fd, target);
	(void)close(fd);
	if (ret == 0 && (!w->roots || ++w->links > LINKS))
		ret = refuse(ELOOP);
	if (ret == 0 && *target == '/')
		ret = enter(w, open("/", DIRECTORY));
	return ret < 0 ? -1 : descend(w, target);
}

static int step(struct walk *w, const char *part)
{
	int fd;

	if (strcmp(part, ".") == 0 || strcmp(part, "..") == 0)
		return refuse(EXDEV);
	fd = openat(w->at, part, DIRECTORY);
	if (fd < 0 && errno == ENOTDIR)
		return follow(w, part);
	return enter(w, fd);
}

/* Goes down all parts of a path. */
static int descend(struct walk *w, const char *path)
{
	char part[NAME_MAX + 1];
	int n;

	for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
		n = (int)strcspn(path, "/");
		if (n > NAME_MAX)
			return refuse(ENAMETOOLONG);
		(void)snprintf(part, sizeof(part), "%.*s", n, path);
		if (step(w, part) < 0)
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
		return refuse(EXDEV);
	if (n >= sizeof(before))
		return refuse(ENAMETOOLONG);
	memcpy(before, path, n);
	before[n] = '\0';
	if (enter(&w, dir) == 0 && descend(&w, before) == 0)
		return w.at;
	leave(&w);
	return -1;
}

/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "config/mailpath.h"
#include "config/pattern.h"

/* Appends n octets to a string.  Returns 0, or -1 if they do not fit. */
static int append_octets(char *buf, size_t size, const char *octets, size_t n)
{
	size_t have = strlen(buf);

	if (n >= size - have)
		return -1;
	memcpy(buf + have, octets, n);
	buf[have + n] = '\0';
	return 0;
}

bool mailpath_is_plain(const char *path)
{
	size_t n;

	for (; *path == '/'; path += n) {
		path++;
		n = strcspn(path, "/");
		if (n == 0 || (n == 1 && *path == '.') ||
		    (n == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (path[n] == '\0')
			return true;
	}
	return false;
}

/*
 * As systemd-escape --path: a slash becomes a dash, and each octet but letters,
 * digits, '_', ':' and '.' becomes \xNN.  Returns 0, or -1 if it does not fit.
 */
static int escape_path(char *out, size_t size, const char *path)
{
	const char *p = path + 1;
	char hex[5];
	bool plain;

	out[0] = '\0';
	for (; *p; p++) {
		plain = isalnum((unsigned char)*p) || strchr("_:", *p) ||
		        (*p == '.' && p > path + 1);
		(void)snprintf(hex, sizeof(hex), "\\x%02x", (unsigned char)*p);
		if (*p == '/') {
			if (append_octets(out, size, "-", 1) < 0)
				return -1;
		} else if (append_octets(out, size, plain ? p : hex,
		                         plain ? 1 : strlen(hex)) < 0) {
			return -1;
		}
	}
	return 0;
}

size_t mailpath_admin(const char *pattern)
{
	size_t n = strcspn(pattern, "%");

	while (n > 0 && pattern[n - 1] != '/')
		n--;
	return n ? n - 1 : 0;
}

int mailpath_directory(const char *path, size_t admin)
{
	char directory[PATH_MAX] = "/";

	if (admin) {
		memcpy(directory, path, admin);
		directory[admin] = '\0';
	}
	return open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

const char *mailpath_fill(struct mailpath *p, const char *pattern,
                          const char *user, const char *home)
{
	static const char *const problems[] = {
		[PATTERN_UNKNOWN] = "no such % in the mailbox pattern",
		[PATTERN_NO_PART] = "the name has no part for the mailbox "
				    "pattern",
		[PATTERN_TOO_LONG] = "the mailbox's path is too long",
	};
	enum pattern_result result;

	result = pattern_fill(p->path, sizeof(p->path), pattern, user, home);
	if (result != PATTERN_OK)
		return problems[result];
	if (!mailpath_is_plain(p->path))
		return "the mailbox's path is not absolute, or has an empty, "
		       ". or .. part";
	p->admin = mailpath_admin(pattern);
	if (escape_path(p->state, sizeof(p->state), p->path) < 0)
		return "the mailbox's path is too long for a state file";
	return NULL;
}

const char *mailpath_next_home(const char *list, char home[static PATH_MAX])
{
	const size_t n = strcspn(list, ",");

	(void)snprintf(home, PATH_MAX, "%.*s", (int)n, list);
	return list[n] ? list + n + 1 : NULL;
}

const char *mailpath_homes_problem(const char *list)
{
	char home[PATH_MAX];
	int n = 0;

	if (strlen(list) >= PATH_MAX)
		return "is too long";
	while (list) {
		list = mailpath_next_home(list, home);
		if (!mailpath_is_plain(home))
			return "must be absolute paths, without /, empty, . "
			       "or .. parts, separated by commas";
		if (++n > MAILPATH_HOMES)
			return "are too many directories";
	}
	return NULL;
}

bool mailpath_is_outside(const char *pattern, const char *list,
                         const char *home)
{
	char directory[PATH_MAX];
	size_t n;

	if (strncmp(pattern, "%h", 2) != 0)
		return false;
	while (list) {
		list = mailpath_next_home(list, directory);
		n = strlen(directory);
		if (strncmp(home, directory, n) == 0 &&
		    (home[n] == '/' || home[n] == '\0'))
			return false;
	}
	return true;
}

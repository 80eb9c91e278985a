/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "config/mailpath.h"

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

/* Returns the n octets that % and the letter stand for, or NULL. */
static const char *find_value(char letter, const char *user, const char *home,
                              size_t *n)
{
	const char *at = strchr(user, '@');
	const char *text;

	switch (letter) {
	case 'u':
		text = user;
		break;
	case 'n':
		*n = at ? (size_t)(at - user) : strlen(user);
		return user;
	case 'd':
		text = at ? at + 1 : "";
		break;
	case 'h':
		text = home;
		break;
	case '%':
		text = "%";
		break;
	default:
		return NULL;
	}
	*n = strlen(text);
	return text;
}

/* Returns NULL, or the problem. */
static const char *fill_path(struct mailpath *p, const char *pattern,
                             const char *user, const char *home)
{
	const char *from = pattern, *text;
	size_t n;

	p->path[0] = '\0';
	for (; *from; from += *from == '%' ? 2 : 1) {
		text = from;
		n = 1;
		if (*from == '%') {
			text = find_value(from[1], user, home, &n);
			if (!text)
				return "no such % in the mailbox pattern";
			if (n == 0)
				return "the name has no part for the mailbox "
				       "pattern";
		}
		if (append_octets(p->path, sizeof(p->path), text, n) < 0)
			return "the mailbox's path is too long";
	}
	return NULL;
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
	const char *problem;

	problem = fill_path(p, pattern, user, home);
	if (problem)
		return problem;
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

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "config/mailpath.h"

static int append(char *buf, size_t size, const char *text, size_t n)
{
	size_t have = strlen(buf);

	if (n >= size - have)
		return -1;
	memcpy(buf + have, text, n);
	buf[have + n] = '\0';
	return 0;
}

/* What a letter behind % stands for: n octets at the pointer returned. */
static const char *value(char letter, const char *user, const char *home,
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

static const char *fill(struct mailpath *p, const char *pattern,
                        const char *user, const char *home)
{
	const char *from = pattern, *text;
	size_t n;

	p->path[0] = '\0';
	for (; *from; from += *from == '%' ? 2 : 1) {
		text = from;
		n = 1;
		if (*from == '%') {
			text = value(from[1], user, home, &n);
			if (!text)
				return "no such % in the mailbox pattern";
			if (n == 0)
				return "the name has no part for the mailbox "
				       "pattern";
		}
		if (append(p->path, sizeof(p->path), text, n) < 0)
			return "the mailbox's path is too long";
	}
	return NULL;
}

/* What stood in a path for a letter behind %. */
struct value {
	const char *at;
	int n;
};

/*
 * Reads a path as the pattern's, into values by letter.  A value goes up to
 * the octet that is next in the pattern.  Returns 0, or -1.
 */
static int read_values(const char *pattern, const char *path,
                       struct value values[static UCHAR_MAX + 1])
{
	struct value *v;

	while (*pattern) {
		if (*pattern == '%' && pattern[1] != '%') {
			v = &values[(unsigned char)pattern[1]];
			pattern += 2;
			v->at = path;
			v->n = (int)strcspn(path, (char[]){*pattern, '\0'});
			path += v->n;
		} else if (*path++ == *pattern) {
			pattern += *pattern == '%' ? 2 : 1;
		} else {
			return -1;
		}
	}
	return *path ? -1 : 0;
}

int mailpath_user_of(const char *pattern, const char *path,
                     char user[static USERNAME_OCTETS + 1])
{
	struct value values[UCHAR_MAX + 1] = {0};
	const struct value *u = &values['u'], *d = &values['d'];
	const size_t size = USERNAME_OCTETS + 1;
	int n;

	if (read_values(pattern, path, values) < 0 || values['h'].at)
		return -1;
	if (u->n == 0)
		u = &values['n'];
	if (u != &values['u'] && d->n > 0)
		n = snprintf(user, size, "%.*s@%.*s", u->n, u->at, d->n, d->at);
	else
		n = snprintf(user, size, "%.*s", u->n, u->at);
	return u->n > 0 && n > 0 && (size_t)n < size ? 0 : -1;
}

/* Has the path a component that is empty, "." or ".."? */
static bool odd_component(const char *path)
{
	size_t n;

	if (*path != '/')
		return true;
	for (; *path == '/'; path += n) {
		path++;
		n = strcspn(path, "/");
		if (n == 0 || (n == 1 && *path == '.') ||
		    (n == 2 && path[0] == '.' && path[1] == '.'))
			return true;
	}
	return *path != '\0';
}

/* As systemd-escape --path: slashes are dashes, all odd octets \xNN. */
static int escape(char *out, size_t size, const char *path)
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
			if (append(out, size, "-", 1) < 0)
				return -1;
		} else if (append(out, size, plain ? p : hex,
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
	const char *why;

	why = fill(p, pattern, user, home);
	if (why)
		return why;
	if (odd_component(p->path))
		return "the mailbox's path is not absolute, or has an empty, "
		       ". or .. part";
	p->admin = mailpath_admin(pattern);
	if (escape(p->state, sizeof(p->state), p->path) < 0)
		return "the mailbox's path is too long for a state file";
	return NULL;
}

const char *mailpath_next_home(const char *list, char home[static PATH_MAX])
{
	const size_t n = strcspn(list, ",");

	(void)snprintf(home, PATH_MAX, "%.*s", (int)n, list);
	return list[n] ? list + n + 1 : NULL;
}

const char *mailpath_homes_wrong(const char *list)
{
	char home[PATH_MAX];
	int n = 0;

	if (strlen(list) >= PATH_MAX)
		return "is too long";
	while (list) {
		list = mailpath_next_home(list, home);
		if (odd_component(home))
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

static int hex(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The octet that an escape, \xNN, stands for; or -1. */
static int escaped(const char *p, size_t n)
{
	int high;

	if (n < 4 || p[1] != 'x')
		return -1;
	high = hex(p[2]);
	if (high < 0 || hex(p[3]) < 0)
		return -1;
	return high * 16 + hex(p[3]);
}

/* As escape made it of the path.  Returns 0, or -1. */
static int unescape(const char *state, size_t n, char path[static PATH_MAX])
{
	size_t i, k = 0;
	int c;

	for (path[k++] = '/', i = 0; i < n && k < PATH_MAX - 1; i++) {
		c = state[i] == '-' ? '/' : state[i];
		if (c == '\\') {
			c = escaped(state + i, n - i);
			if (c < 0)
				return -1;
			i += 3;
		}
		path[k++] = (char)c;
	}
	path[k] = '\0';
	return i < n ? -1 : 0;
}

int mailpath_of_state(const char *pattern, const char *state, size_t n,
                      char path[static PATH_MAX])
{
	size_t admin = mailpath_admin(pattern);

	if (unescape(state, n, path) < 0 || odd_component(path))
		return -1;
	return strncmp(path, pattern, admin) == 0 && path[admin] == '/' ? 0
	                                                                : -1;
}

bool mailpath_is_gone(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 && errno == ENOENT;
}

static bool holds_anything(DIR *directory)
{
	const struct dirent *entry;

	do
		entry = readdir(directory);
	while (entry && (strcmp(entry->d_name, ".") == 0 ||
	                 strcmp(entry->d_name, "..") == 0));
	return entry != NULL;
}

bool mailpath_is_mounted(const char *path)
{
	char directory[PATH_MAX];
	DIR *opened = NULL;
	char *slash;
	bool holds;

	(void)snprintf(directory, sizeof(directory), "%s", path);
	do {
		slash = strrchr(directory, '/');
		if (!slash)
			return false;
		*slash = '\0';
		opened = opendir(*directory ? directory : "/");
	} while (!opened && errno == ENOENT);
	if (!opened)
		return false;
	holds = holds_anything(opened);
	(void)closedir(opened);
	return holds;
}

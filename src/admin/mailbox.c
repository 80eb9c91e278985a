/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "admin/mailbox.h"
#include "config/mailpath.h"
#include "config/pattern.h"

/* Text in a path that stands for a letter after %. */
struct value {
	const char *at;
	int n;
	bool folded; /* it is in lower case */
};

/* Returns how many octets of the path the item's value has. */
static size_t measure_value(const struct pattern_item *item, const char *path,
                            const char *pattern)
{
	struct pattern_item next;

	if (item->form == '1' || item->form == '2')
		return *path != '\0' && *path != '/';
	if (*pattern && pattern_next(pattern, &next) && next.literal)
		return strcspn(path, (char[]){next.literal, '\0'});
	return strlen(path);
}

/*
 * Reads a path as the pattern's, into values by letter.  A value ends before
 * the octet that comes next in the pattern.  Returns 0, or -1.
 */
static int read_values(const char *pattern, const char *path,
                       struct value values[static UCHAR_MAX + 1])
{
	struct pattern_item item;
	struct value *v;
	size_t n;

	while (*pattern) {
		pattern = pattern_next(pattern, &item);
		if (!pattern)
			return -1;
		if (item.literal) {
			if (*path++ != item.literal)
				return -1;
			continue;
		}
		n = measure_value(&item, path, pattern);
		v = &values[(unsigned char)item.letter];
		/* The name itself is better than the same in lower case. */
		if (item.form == '\0' || (item.form == 'L' && !v->at))
			*v = (struct value){path, (int)n, item.form == 'L'};
		path += n;
	}
	return *path ? -1 : 0;
}

int mailbox_user(const char *pattern, const char *path,
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
	if (u->n == 0 || n <= 0 || (size_t)n >= size)
		return -1;
	return u->folded || d->folded;
}

/* Reads the escape \xNN, of lower-case digits.  Returns its octet, or -1. */
static int read_escape(const char *p, size_t n)
{
	const char *const digits = "0123456789abcdef";
	const char *high, *low;

	if (n < 4 || p[1] != 'x')
		return -1;
	high = p[2] ? strchr(digits, p[2]) : NULL;
	low = p[3] ? strchr(digits, p[3]) : NULL;
	return high && low ? (int)(high - digits) * 16 + (int)(low - digits)
	                   : -1;
}

int mailbox_path(const char *pattern, const char *state, size_t n,
                 char path[static PATH_MAX])
{
	const size_t admin = mailpath_admin(pattern);
	size_t i, k = 0;
	int c;

	for (path[k++] = '/', i = 0; i < n && k < PATH_MAX - 1; i++) {
		c = state[i] == '-' ? '/' : state[i];
		if (c == '\\') {
			c = read_escape(state + i, n - i);
			if (c < 0)
				return -1;
			i += 3;
		}
		path[k++] = (char)c;
	}
	path[k] = '\0';
	if (i < n || !mailpath_is_plain(path))
		return -1;
	return strncmp(path, pattern, admin) == 0 && path[admin] == '/' ? 0
	                                                                : -1;
}

bool mailbox_is_gone(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 && errno == ENOENT;
}

bool mailbox_is_mounted(const char *path)
{
	const struct dirent *entry;
	char directory[PATH_MAX];
	DIR *opened = NULL;
	char *slash;

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
	do
		entry = readdir(opened);
	while (entry && (strcmp(entry->d_name, ".") == 0 ||
	                 strcmp(entry->d_name, "..") == 0));
	(void)closedir(opened);
	return entry != NULL;
}

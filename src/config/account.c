/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/account.h"

const struct passwd *account_find(const char *name)
{
	static char buf[16384], last[USERNAME_OCTETS + 1];
	static struct passwd pw;
	static bool found;
	struct passwd *p = NULL;

	if (found && strcmp(name, last) == 0)
		return &pw;
	found = false;
	errno = getpwnam_r(name, &pw, buf, sizeof(buf), &p);
	if (!p)
		return NULL;
	found = snprintf(last, sizeof(last), "%s", name) < (int)sizeof(last);
	return &pw;
}

bool account_is_root(const char *name)
{
	const struct passwd *p = account_find(name);

	return strcmp(name, "root") == 0 || (p && p->pw_uid == 0);
}

const char *account_fill(struct account *a, const char *name)
{
	const struct passwd *p = account_find(name);
	int n;

	if (!p)
		return errno ? strerror(errno) : "no such account";
	n = snprintf(a->home, sizeof(a->home), "%s", p->pw_dir);
	if (n < 0 || (size_t)n >= sizeof(a->home))
		return "its home directory is too long a path";
	a->uid = p->pw_uid;
	a->gid = p->pw_gid;
	return NULL;
}

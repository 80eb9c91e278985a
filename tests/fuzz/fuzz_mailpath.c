/* SPDX-License-Identifier: ISC */
/*
 * No pattern, name and home make a path that leads elsewhere, and the path can
 * be made from the state's name.  Input: three lines.
 */
#include "fuzz.h"

#include <ctype.h>

#include "admin/mailbox.h"
#include "config/mailpath.h"

static void check_components(const char *path)
{
	size_t n;

	for (; *path; path += n) {
		FUZZ_CHECK(*path == '/');
		path++;
		n = strcspn(path, "/");
		FUZZ_CHECK(n > 0);
		FUZZ_CHECK(!(n == 1 && path[0] == '.'));
		FUZZ_CHECK(!(n == 2 && path[0] == '.' && path[1] == '.'));
	}
}

/* Fills in the pattern letter by letter, into enough space. */
static void fill(const char *pattern, const char *user, const char *home,
                 char *to)
{
	const char *at = strchr(user, '@');
	char form, *p;

	for (*to = '\0'; *pattern; pattern++, to += strlen(to)) {
		form = '\0';
		if (*pattern != '%') {
			(void)sprintf(to, "%c", *pattern);
			continue;
		}
		if (strchr("L12", *++pattern))
			form = *pattern++;
		if (*pattern == 'u' && form == '1')
			(void)sprintf(to, "%.1s", user);
		else if (*pattern == 'u' && form == '2')
			(void)sprintf(to, "%.1s", user + 1);
		else if (*pattern == 'u')
			(void)strcpy(to, user);
		else if (*pattern == 'n')
			(void)sprintf(to, "%.*s",
			              (int)(at ? at - user : (int)strlen(user)),
			              user);
		else if (*pattern == 'd')
			(void)strcpy(to, at ? at + 1 : "");
		else if (*pattern == 'h')
			(void)strcpy(to, home);
		else
			(void)strcpy(to, "%");
		for (p = to; form && *p; p++)
			*p = (char)tolower((unsigned char)*p);
	}
}

/* Any pattern of --account makes a login name, or none. */
static void check_account(const char *pattern, const char *login)
{
	char account[USERNAME_OCTETS + 1], want[4096];

	if (strlen(pattern) >= 32 || username_pattern_problem(pattern))
		return;
	if (!username_fill(account, pattern, login)) {
		FUZZ_CHECK(*account == '\0');
		return;
	}
	FUZZ_CHECK(username_is_valid(login) && username_is_valid(account));
	fill(pattern, login, "", want);
	FUZZ_CHECK(strcmp(account, want) == 0);
}

static void check(const struct mailpath *p, const char *pattern,
                  const char *user, const char *home)
{
	size_t most = (strlen(user) + strlen(home) + 2) * (strlen(pattern) + 1);
	char *want = malloc(most), path[PATH_MAX];
	char name[USERNAME_OCTETS + 1];

	FUZZ_CHECK(want);
	fill(pattern, user, home, want);
	FUZZ_CHECK(strcmp(p->path, want) == 0);
	free(want);
	FUZZ_CHECK(p->path[0] == '/');
	check_components(p->path);
	FUZZ_CHECK(p->admin == mailpath_admin(pattern));
	FUZZ_CHECK(p->admin < strlen(p->path) && p->path[p->admin] == '/');
	FUZZ_CHECK(memcmp(p->path, pattern, p->admin) == 0);
	FUZZ_CHECK(p->state[0] && p->state[0] != '.');
	FUZZ_CHECK(!strchr(p->state, '/'));
	FUZZ_CHECK(mailbox_path(pattern, p->state, strlen(p->state), path) ==
	           0);
	FUZZ_CHECK(strcmp(path, p->path) == 0);
	if (mailbox_user(pattern, path, name) >= 0)
		FUZZ_CHECK(*name && strlen(name) <= USERNAME_OCTETS);
}

/* A list of directories, none of which is the root directory. */
static void check_homes(const char *list)
{
	const char *rest = list;
	char home[PATH_MAX];

	if (mailpath_homes_problem(list))
		return;
	while (rest) {
		rest = mailpath_next_home(rest, home);
		FUZZ_CHECK(home[0] == '/' && home[1] != '\0');
		FUZZ_CHECK(!mailpath_is_outside("%h", list, home));
	}
	FUZZ_CHECK(mailpath_is_outside("%h", list, "/"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	char *pattern = fuzz_string(&in, '\n'), *user = fuzz_string(&in, '\n');
	char *home = fuzz_string(&in, '\n'), path[PATH_MAX];
	struct mailpath p;

	/* A valid name has nothing that leads to another place. */
	if (username_is_valid(user))
		FUZZ_CHECK(*user && *user != '.' && *user != '-' &&
		           !strpbrk(user, "/ \\\"'$\t\r") &&
		           strlen(user) <= USERNAME_OCTETS);
	check_account(pattern, user);
	if (!mailpath_fill(&p, pattern, user, home))
		check(&p, pattern, user, home);
	check_homes(home);
	/* Any other file name may be in the state directory. */
	if (mailbox_path(pattern, user, strlen(user), path) == 0)
		FUZZ_CHECK(path[0] == '/' && strlen(path) < PATH_MAX);
	free(home);
	free(user);
	free(pattern);
	return 0;
}

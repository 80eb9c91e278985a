/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "admin/mailbox.h"
#include "config/mailpath.h"

static const struct {
	const char *pattern, *user, *home, *path;
	size_t admin;
	const char *state; /* what systemd-escape --path writes */
} good[] = {
	{"/var/mail/%u", "alice", "/home/alice", "/var/mail/alice", 9,
         "var-mail-alice"},
	{"/var/mail/%u", "a-b", "/h", "/var/mail/a-b", 9, "var-mail-a\\x2db"},
	{"/var/mail/%u", "a.b_c@d+e", "/h", "/var/mail/a.b_c@d+e", 9,
         "var-mail-a.b_c\\x40d\\x2be"},
	{"/srv/%d/%n", "bob@example.org", "/h", "/srv/example.org/bob", 4,
         "srv-example.org-bob"},
	{"/srv/%n/box", "bob", "/h", "/srv/bob/box", 4, "srv-bob-box"},
	{"/srv/%d/%n", "a@b@c", "/h", "/srv/b@c/a", 4, "srv-b\\x40c-a"},
	{"%h/mbox", "bob", "/home/bob", "/home/bob/mbox", 0, "home-bob-mbox"},
	{"%h/mbox", "bob", "/home/a b", "/home/a b/mbox", 0,
         "home-a\\x20b-mbox"},
	{"/%u", "bob", "/h", "/bob", 0, "bob"},
	{"/m/%%/%u", "bob", "/h", "/m/%/bob", 2, "m-\\x25-bob"},
	{"/m/x%u", "bob", "/h", "/m/xbob", 2, "m-xbob"},
	{"/m/%u.mbox", "bob", "/h", "/m/bob.mbox", 2, "m-bob.mbox"},
	{"/m/%u%u", "bob", "/h", "/m/bobbob", 2, "m-bobbob"},
	{"/m/one", "bob", "/h", "/m/one", 2, "m-one"},
	{"/.m/%u", "bob", "/h", "/.m/bob", 3, "\\x2em-bob"},
	{"/m/.%u", "bob", "/h", "/m/.bob", 2, "m-.bob"},
	{"/m/...", "bob", "/h", "/m/...", 2, "m-..."},
	{"/m:/%u", "a%b", "/h", "/m:/a%b", 3, "m:-a\\x25b"},
	{"/m/%1u/%1u%2u/%u", "alice", "/h", "/m/a/al/alice", 2, "m-a-al-alice"},
	{"/m/%1u/%2u/%u", "Alice", "/h", "/m/a/l/Alice", 2, "m-a-l-Alice"},
	{"/m/%1u/%1u%2u/%u", "ALICE", "/h", "/m/a/al/ALICE", 2, "m-a-al-ALICE"},
	{"/m/%1u/%1u%2u/%u", "a", "/h", "/m/a/a/a", 2, "m-a-a-a"},
	{"/m/%1u%2u/%u", "a.b", "/h", "/m/a./a.b", 2, "m-a.-a.b"},
	{"/m/%1u/%2u/%u", "a@b", "/h", "/m/a/@/a@b", 2, "m-a-\\x40-a\\x40b"},
	{"/m/%2u%2u%2u/%u", "a.", "/h", "/m/.../a.", 2, "m-...-a."},
	{"%h/%1u", "Bob", "/H", "/H/b", 0, "H-b"},
	{"/m/%Lu", "Alice@B.Org", "/h", "/m/alice@b.org", 2,
         "m-alice\\x40b.org"},
	{"/m/%Ld/%Ln", "Alice@B.Org", "/h", "/m/b.org/alice", 2,
         "m-b.org-alice"},
	{"/M/%n/%Ln%%L", "ALICE", "/h", "/M/ALICE/alice%L", 2,
         "M-ALICE-alice\\x25L"},
	{"/m/%Lu", "\303\204Z[@`{", "/h", "/m/\303\204z[@`{", 2,
         "m-\\xc3\\x84z\\x5b\\x40\\x60\\x7b"},
	{"/m/\303\244", "bob", "/h", "/m/\303\244", 2, "m-\\xc3\\xa4"},
};

static void each_pattern_is_filled_in(void **state)
{
	struct mailpath p;
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(good); i++) {
		why = mailpath_fill(&p, good[i].pattern, good[i].user,
		                    good[i].home);
		if (why)
			fail_msg("%s: %s", good[i].pattern, why);
		assert_string_equal(p.path, good[i].path);
		assert_int_equal(p.admin, good[i].admin);
		assert_string_equal(p.state, good[i].state);
	}
}

static int of_state(const char *pattern, const char *state, char *path)
{
	return mailbox_path(pattern, state, strlen(state), path);
}

/* Each state name above leads back to its path. */
static void a_state_s_name_tells_the_path(void **state)
{
	static const char *const wrong[] = {"a\\",    "a\\x",   "a\\x4",
	                                    "a\\xg0", "a\\x0g", "a\\y40"};
	char path[PATH_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(good); i++) {
		assert_int_equal(of_state(good[i].pattern, good[i].state, path),
		                 0);
		assert_string_equal(path, good[i].path);
	}
	for (i = 0; i < LENGTH(wrong); i++)
		if (of_state("/%u", wrong[i], path) != -1)
			fail_msg("taken: %s", wrong[i]);
}

static void homes_are_in_some_directories(void **state)
{
	static const struct {
		const char *list;
		bool good;
	} lists[] = {
		{"/home", true},
		{"/home,/srv/u", true},
		{"/a,/a/b", true},
		{"", false},
		{"/", false},
		{"/home,/", false},
		{"home", false},
		{"/home,", false},
		{",/home", false},
		{"/home/", false},
		{"/home/..", false},
		{"/a//b", false},
		{"/home, /b", false},
		{"/1,/2,/3,/4,/5,/6,/7,/8,/9,/10,/11,/12,/13,/14,/15,/16",
	         true},
		{"/1,/2,/3,/4,/5,/6,/7,/8,/9,/10,/11,/12,/13,/14,/15,/16,/17",
	         false},
	};
	char longest[PATH_MAX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(lists); i++)
		if (!mailpath_homes_problem(lists[i].list) != lists[i].good)
			fail_msg("%s", lists[i].list);
	memset(longest, '/', sizeof(longest));
	longest[PATH_MAX] = '\0';
	assert_string_equal(mailpath_homes_problem(longest), "is too long");
}

static void a_home_is_in_one_of_them_or_outside(void **state)
{
	static const struct {
		const char *pattern, *list, *home;
		bool outside;
	} cases[] = {
		{"%h/mbox", "/home", "/home/bob", false},
		{"%h/mbox", "/home", "/home", false},
		{"%h/mbox", "/home", "/homes/bob", true},
		{"%h/mbox", "/home", "/root", true},
		{"%h/mbox", "/srv/a,/srv/b", "/srv/b/bob", false},
		{"%h/mbox", "/srv/a,/srv/b", "/srv/c/bob", true},
		{"/m/%%h/%u", "/home", "/root", false},
		{"/var/mail/%u", "/home", "/root", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++)
		if (mailpath_is_outside(cases[i].pattern, cases[i].list,
		                        cases[i].home) != cases[i].outside)
			fail_msg("%s: %s", cases[i].list, cases[i].home);
}

static void the_administrator_s_part_is_opened(void **state)
{
	struct mailpath p;
	struct stat want, got;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < LENGTH(good); i++)
		assert_int_equal(mailpath_admin(good[i].pattern),
		                 good[i].admin);
	assert_null(mailpath_fill(&p, "/tmp/%u", "bob", "/h"));
	fd = mailpath_directory(p.path, p.admin);
	assert_int_equal(fstat(fd, &got), 0);
	assert_int_equal(stat("/tmp", &want), 0);
	assert_true(got.st_ino == want.st_ino);
	assert_int_equal(close(fd), 0);
	fd = mailpath_directory("/bob", 0);
	assert_int_equal(fstat(fd, &got), 0);
	assert_int_equal(stat("/", &want), 0);
	assert_true(got.st_ino == want.st_ino);
	assert_int_equal(close(fd), 0);
	assert_int_equal(mailpath_directory("/none/of/these/bob", 14), -1);
}

static const struct {
	const char *pattern, *user, *home;
} bad[] = {
	{"", "bob", "/h"},
	{"%u", "bob", "/h"},
	{"mail/%u", "bob", "/h"},
	{"/m/%x", "bob", "/h"},
	{"/m/%", "bob", "/h"},
	{"/m/%U", "bob", "/h"},
	{"/m/%d/%n", "bob", "/h"},
	{"/m/%d", "bob@", "/h"},
	{"/m/%n", "@example", "/h"},
	{"%h/mbox", "bob", ""},
	{"%h/mbox", "bob", "h"},
	{"%h/mbox", "bob", "/"},
	{"/m/../%u", "bob", "/h"},
	{"/m/./%u", "bob", "/h"},
	{"/m//%u", "bob", "/h"},
	{"/m/%u/", "bob", "/h"},
	{"/m/%u", "..", "/h"},
	{"/m/%u", ".", "/h"},
	{"/m/%n/x", "..@b", "/h"},
	{"/m/%d/x", "a@..", "/h"},
	{"/m/%d", "a@.", "/h"},
	{"/m/.%u", ".", "/h"},
	{"/", "bob", "/h"},
	{"%h", "bob", "/h/"},
	{"/m/%u/..", "bob", "/h"},
	{"%h/m", "bob", "/h/../x"},
	/* Values of an octet, and in lower case */
	{"/m/%2u/%u", "a", "/h"},
	{"/m/%2u/%u", "a.", "/h"},
	{"/m/%1u/%u", ".", "/h"},
	{"/m/%2u%2u/%u", "a.", "/h"},
	{"/m/.%2u/%u", "a.", "/h"},
	{"/m/.%2u/%u", "a", "/h"},
	{"/m/%u%2u/", "a", "/h"},
	{"/m/x/%2u", "a", "/h"},
	{"/m/%1u", "", "/h"},
	{"/m/x%2u", "", "/h"},
	{"/m/%Ld/%Ln", "bob", "/h"},
	{"/m/%Ln", "@B", "/h"},
	{"/m/%Ln/x", "..@b", "/h"},
	{"/m/%Lu", "..", "/h"},
	{"/m/%Lh", "bob", "/h"},
	{"/m/%L%", "bob", "/h"},
	{"/m/%L", "bob", "/h"},
	{"/m/%Lx", "bob", "/h"},
	{"/m/%LLu", "bob", "/h"},
	{"/m/%L1u", "bob", "/h"},
	{"/m/%1n", "bob", "/h"},
	{"/m/%2d", "b@b", "/h"},
	{"/m/%1h", "bob", "/h"},
	{"/m/%3u", "bob", "/h"},
	{"/m/%1", "bob", "/h"},
	{"/m/%12u", "bob", "/h"},
	{"/m/%1Lu", "bob", "/h"},
	{"/m/%0u", "bob", "/h"},
};

static void what_leads_astray_is_refused(void **state)
{
	struct mailpath p;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(bad); i++)
		if (!mailpath_fill(&p, bad[i].pattern, bad[i].user,
		                   bad[i].home))
			fail_msg("taken: %s for %s", bad[i].pattern,
			         bad[i].user);
}

/* Returns the length of the longest home that is accepted. */
static size_t longest_home(char c, size_t limit)
{
	struct mailpath p;
	char *home = malloc(limit + 2);
	size_t n;

	assert_non_null(home);
	memset(home, c, limit + 2);
	home[0] = '/';
	for (n = 2; n <= limit; n++) {
		home[n] = '\0';
		if (mailpath_fill(&p, "%h/m", "bob", home))
			break;
		home[n] = c;
	}
	free(home);
	return n - 1;
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	const size_t room = sizeof(((struct mailpath *)0)->state) - 1;

	(void)state;
	/* The state name has no first slash, and a dash for the last one. */
	assert_int_equal(longest_home('a', 2 * PATH_MAX), room - 2 + 1);
	assert_int_equal(longest_home('-', 2 * PATH_MAX), (room - 2) / 4 + 1);
}

static void a_path_longer_than_path_max_is_refused(void **state)
{
	struct mailpath p;
	char home[PATH_MAX + 1];

	(void)state;
	memset(home, 'a', sizeof(home));
	home[0] = '/';
	home[PATH_MAX] = '\0';
	assert_non_null(mailpath_fill(&p, "%h", "bob", home));
	assert_non_null(mailpath_fill(&p, "%h/x", "bob", home));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_pattern_is_filled_in),
		cmocka_unit_test(a_state_s_name_tells_the_path),
		cmocka_unit_test(homes_are_in_some_directories),
		cmocka_unit_test(a_home_is_in_one_of_them_or_outside),
		cmocka_unit_test(the_administrator_s_part_is_opened),
		cmocka_unit_test(what_leads_astray_is_refused),
		cmocka_unit_test(a_path_that_is_too_long_is_refused),
		cmocka_unit_test(a_path_longer_than_path_max_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

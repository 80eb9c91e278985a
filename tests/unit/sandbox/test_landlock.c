/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "sandbox/landlock.h"

static char directory[] = "/tmp/onepop-landlock-XXXXXX";

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) && chdir(directory) == 0 &&
	                       mkdir("read", 0755) == 0 &&
	                       mkdir("change", 0755) == 0 &&
	                       mkdir("other", 0755) == 0 &&
	                       creat("read/file", 0644) >= 0 &&
	                       creat("change/file", 0644) >= 0 &&
	                       creat("other/file", 0644) >= 0 &&
	                       symlink("other", "link") == 0
	               ? 0
	               : -1;
}

static int remove_directory(void **state)
{
	static const char *const files[] = {"read/file", "change/file",
	                                    "change/new", "other/file"};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(files); i++)
		(void)unlink(files[i]);
	(void)unlink("link");
	(void)rmdir("read");
	(void)rmdir("change");
	(void)rmdir("other");
	return rmdir(directory);
}

/* Opens it in a child, whose exit status is the error. */
static int error_with(const struct landlock_rule *rules, size_t n,
                      const char *path, int flags)
{
	pid_t child;
	int status;

	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    landlock_restrict(rules, n) < 0)
			_exit(255);
		_exit(open(path, flags, 0600) < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WEXITSTATUS(status);
}

static int error_of(size_t n, const char *path, int flags)
{
	const struct landlock_rule rules[] = {
		{"read", LANDLOCK_READ},
		{"change", LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_CREATE},
		{"not-there", LANDLOCK_READ},
		{"other/file", LANDLOCK_READ},
		{"other/file", LANDLOCK_READ | LANDLOCK_FILE},
	};

	return error_with(rules, n, path, flags);
}

static void only_what_a_rule_allows_is_allowed(void **state)
{
	static const struct {
		const char *path;
		int flags, error;
	} cases[] = {
		{"read/file", O_RDONLY, 0},
		{"read/file", O_RDWR, EACCES},
		{"read/new", O_RDWR | O_CREAT, EACCES},
		{"change/file", O_RDWR, 0},
		{"change/file", O_RDWR | O_TRUNC, 0},
		{"change/new", O_RDWR | O_CREAT, 0},
		{"other/file", O_RDONLY, EACCES},
		{"/etc/passwd", O_RDONLY, EACCES},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++)
		assert_int_equal(error_of(3, cases[i].path, cases[i].flags),
		                 cases[i].error);
}

static void a_file_must_be_called_one(void **state)
{
	(void)state;
	assert_int_equal(error_of(4, "other/file", O_RDONLY), EACCES);
	assert_int_equal(error_of(5, "other/file", O_RDONLY), 0);
	assert_int_equal(error_of(5, "other/file", O_RDWR), EACCES);
}

static void the_second_of_two_is_for_want_of_the_first(void **state)
{
	struct landlock_rule rules[] = {
		{"not-there", LANDLOCK_READ},
		{"read", LANDLOCK_READ | LANDLOCK_ELSE},
		{"other", LANDLOCK_READ | LANDLOCK_ELSE},
	};

	(void)state;
	assert_int_equal(error_with(rules, 3, "read/file", O_RDONLY), 0);
	assert_int_equal(error_with(rules, 3, "other/file", O_RDONLY), EACCES);
	rules[1].path = "not-there-either";
	assert_int_equal(error_with(rules, 3, "other/file", O_RDONLY), 0);
}

static void a_link_may_allow_nothing(void **state)
{
	struct landlock_rule rule = {"link", LANDLOCK_READ};

	(void)state;
	assert_int_equal(error_with(&rule, 1, "other/file", O_RDONLY), 0);
	rule.access |= LANDLOCK_NO_LINK;
	assert_int_equal(error_with(&rule, 1, "other/file", O_RDONLY), EACCES);
	rule.path = "other";
	assert_int_equal(error_with(&rule, 1, "other/file", O_RDONLY), 0);
}

/* As /etc/passwd: therefore all beneath /etc can be read. */
static void a_file_that_takes_anothers_place_has_no_rule(void **state)
{
	const struct landlock_rule rule = {"other/file",
	                                   LANDLOCK_READ | LANDLOCK_FILE};
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    landlock_restrict(&rule, 1) < 0 ||
		    open("other/file", O_RDONLY) < 0)
			_exit(255);
		(void)raise(SIGSTOP);
		_exit(open("other/file", O_RDONLY) < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	assert_true(WIFSTOPPED(status));
	assert_true(creat("other/new", 0644) >= 0);
	assert_int_equal(rename("other/new", "other/file"), 0);
	assert_int_equal(kill(child, SIGCONT), 0);
	support_reap(child, EACCES);
}

/* If the kernel can restrict it: signals reach only its own child. */
static void signals_reach_its_own_only(void **state)
{
	const struct landlock_rule rule = {"read", LANDLOCK_READ};
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    landlock_restrict(&rule, 1) < 0)
			_exit(255);
		child = fork();
		if (child == 0)
			_exit(pause());
		if (kill(child, SIGKILL) < 0)
			_exit(254);
		_exit(kill(getppid(), 0) < 0 ? errno : 0);
	}
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 6)
		support_reap(child, 0);
	else
		support_reap(child, EPERM);
}

static void without_rules_nothing_is(void **state)
{
	(void)state;
	assert_int_equal(error_of(0, "read/file", O_RDONLY), EACCES);
	assert_int_equal(error_of(0, "change/file", O_RDONLY), EACCES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_a_rule_allows_is_allowed),
		cmocka_unit_test(a_file_must_be_called_one),
		cmocka_unit_test(the_second_of_two_is_for_want_of_the_first),
		cmocka_unit_test(a_link_may_allow_nothing),
		cmocka_unit_test(a_file_that_takes_anothers_place_has_no_rule),
		cmocka_unit_test(signals_reach_its_own_only),
		cmocka_unit_test(without_rules_nothing_is),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}

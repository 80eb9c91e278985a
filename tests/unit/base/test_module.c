/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <limits.h>

#include "auth/pam.h"
#include "base/module.h"
#include "net/systemd.h"

static void each_module_is_found_and_has_its_function(void **state)
{
	static const struct {
		const char *module, *symbol;
	} cases[] = {
		{PAM_LOGIN_MODULE, PAM_LOGIN_SYMBOL},
		{SYSTEMD_FDS_MODULE, SYSTEMD_FDS_SYMBOL},
	};
	const char *why = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		if (!module_symbol(cases[i].module, cases[i].symbol, &why))
			fail_msg("%s", why);
	}
}

static void what_is_missing_is_named(void **state)
{
	const char *why = NULL;

	(void)state;
	assert_null(module_symbol("onepop-none.so", "x", &why));
	assert_non_null(strstr(why, "onepop-none.so"));
	assert_null(module_symbol(PAM_LOGIN_MODULE, "no_such_symbol", &why));
	assert_non_null(strstr(why, "no_such_symbol"));
}

static void another_version_is_refused(void **state)
{
	static const struct {
		const char *module, *version;
	} cases[] = {
		{"other-version.so", "its version is 0.0.0-other"},
		{"pam_probe.so", "its version is unknown"},
	};
	const char *why = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		assert_null(module_symbol(cases[i].module, "version", &why));
		assert_non_null(strstr(why, cases[i].module));
		assert_non_null(strstr(why, cases[i].version));
		assert_non_null(strstr(why, "onepop's is " ONEPOP_VERSION));
	}
}

static int puts_origin(void)
{
	return fputs(module_origin(), stdout) < 0 || fflush(stdout) != 0;
}

/* Returns what module_origin says in this program, run by that path. */
static void assert_origin(const char *path, const char *origin)
{
	char found[PATH_MAX] = "";
	int ends[2];
	pid_t child;

	child = support_fork(ends);
	if (child == 0) {
		(void)dup2(ends[1], STDOUT_FILENO);
		(void)execl(path, path, "origin", NULL);
		_exit(9);
	}
	support_reap(child, 0);
	assert_true(read(ends[0], found, sizeof(found) - 1) > 0);
	assert_string_equal(found, origin);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void the_origin_is_where_the_program_is(void **state)
{
	char program[PATH_MAX] = "", origin[PATH_MAX], link[PATH_MAX];
	char *directory = support_directory("/tmp");
	char *slash;

	(void)state;
	assert_true(readlink("/proc/self/exe", program, PATH_MAX - 1) > 0);
	(void)snprintf(origin, sizeof(origin), "%s", program);
	slash = strrchr(origin, '/');
	*slash = '\0';
	assert_origin(program, origin);
	assert_true(snprintf(link, sizeof(link), "%s/a-link", directory) > 0);
	assert_int_equal(symlink(program, link), 0);
	assert_origin(link, origin);
	support_remove(directory);
	assert_int_equal(chdir(origin), 0);
	assert_origin(slash + 1, origin);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_module_is_found_and_has_its_function),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(another_version_is_refused),
		cmocka_unit_test(the_origin_is_where_the_program_is),
	};

	(void)argv;
	if (argc > 1)
		return puts_origin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

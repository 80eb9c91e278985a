/* SPDX-License-Identifier: ISC */
#include "pamdir.h"

#include <limits.h>
#include <sys/stat.h>

#include "auth/service.h"

static const char *wrong(const char *lines)
{
	pamdir_service("test", lines);
	return service_problem("test", pamdir);
}

static void a_service_with_its_own_lines_is_asked(void **state)
{
	static const char *const lines[] = {
		"auth required pam_unix.so\naccount required pam_unix.so\n",
		"-auth\trequired pam_unix.so\n  Account required pam_unix.so",
		"# a comment\n\n@include common\n",
		"session required pam_permit.so\naccount include x\nauth "
		"substack y\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(lines); i++)
		assert_null(wrong(lines[i]));
	assert_null(service_problem("TEST", pamdir)); /* as libpam */
}

/* libpam would silently use the lines of "other". */
static void a_service_without_lines_of_a_type_is_not(void **state)
{
	static const struct {
		const char *lines, *lacks;
	} cases[] = {
		{"", "test: no auth line"},
		{"\n\n#auth\n", "no auth line"},
		{"account required pam_unix.so\n", "no auth line"},
		{"auth required pam_unix.so\n", "no account line"},
		{"authentic required x\n account\n", "no auth line"},
		{"onepop auth required x\nonepop account required x\n",
	         "no auth line"},
	};
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		why = wrong(cases[i].lines);
		assert_non_null(why);
		assert_non_null(strstr(why, cases[i].lacks));
		assert_non_null(strstr(why, "pam.d/onepop"));
	}
}

static void remove_it(const char *path)
{
	assert_int_equal(unlink(path), 0);
}

static void make_directory(const char *path)
{
	remove_it(path);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void make_fifo(const char *path)
{
	remove_it(path);
	assert_int_equal(mkfifo(path, 0600), 0);
}

static void make_dangling(const char *path)
{
	remove_it(path);
	assert_int_equal(symlink("nowhere", path), 0);
}

static void what_cannot_be_read_is_named(void **state)
{
	static const struct {
		void (*change)(const char *path);
		const char *says;
	} cases[] = {
		{remove_it, "/test: No such file or directory: PAM would"},
		{make_dangling, "/test: No such file or directory: PAM would"},
		{make_directory, "/test: not a regular file: PAM would"},
		{make_fifo, "/test: not a regular file: PAM would"},
	};
	char path[128];
	const char *why;
	size_t i;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/test", pamdir);
	for (i = 0; i < LENGTH(cases); i++) {
		pamdir_service("test", "");
		cases[i].change(path);
		why = service_problem("test", pamdir);
		assert_non_null(why);
		assert_non_null(strstr(why, pamdir));
		assert_non_null(strstr(why, cases[i].says));
		(void)remove(path);
	}
}

static void the_systems_places_are_looked_at(void **state)
{
	char directory[PATH_MAX];
	const char *why;

	(void)state;
	why = service_problem("not-there", NULL);
	assert_non_null(why);
	assert_non_null(strstr(why, "/etc/pam.d/not-there: No such file"));
	memset(directory, 'x', sizeof(directory) - 1);
	directory[0] = '/';
	directory[sizeof(directory) - 1] = '\0';
	assert_non_null(service_problem("test", directory));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_with_its_own_lines_is_asked),
		cmocka_unit_test(a_service_without_lines_of_a_type_is_not),
		cmocka_unit_test(what_cannot_be_read_is_named),
		cmocka_unit_test(the_systems_places_are_looked_at),
	};

	return cmocka_run_group_tests(tests, pamdir_make, pamdir_remove);
}

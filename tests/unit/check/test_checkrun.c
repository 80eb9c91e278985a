/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>

#include "base/deadline.h"
#include "check/checkrun.h"

static void a_program_is_run_without_a_shell(void **state)
{
	static const char *const argv[] = {"/bin/echo", "a;b", "$HOME", NULL};
	char out[64];

	(void)state;
	assert_int_equal(checkrun_ask(argv, 10, out, sizeof(out)), 0);
	assert_string_equal(out, "a;b $HOME\n");
}

static void a_program_gets_nothing_to_read_and_a_known_environment(void **state)
{
	static const char *const argv[] = {"/bin/sh", "-c",
	                                   "cat; env | sort >&2", NULL};
	char out[256];

	(void)state;
	assert_int_equal(checkrun_ask(argv, 10, out, sizeof(out)), 0);
	assert_non_null(strstr(out, "LC_ALL=C\n"));
	assert_null(strstr(out, "HOME="));
}

static void a_program_that_says_too_much_is_cut_and_ended(void **state)
{
	static const char *const argv[] = {"/usr/bin/yes", NULL};
	char out[64];

	(void)state;
	assert_int_equal(checkrun_ask(argv, 10, out, sizeof(out)), 0);
	assert_int_equal(strlen(out), sizeof(out) - 1);
}

static void a_program_that_does_not_end_is_ended(void **state)
{
	static const char *const argv[] = {"/bin/sh", "-c",
	                                   "echo first; exec sleep 100", NULL};
	deadline_t until = deadline_in(50);
	char out[64];

	(void)state;
	assert_int_equal(checkrun_ask(argv, 1, out, sizeof(out)), 0);
	assert_string_equal(out, "first\n");
	assert_true(deadline_left(until) > 0);
}

static void a_program_that_is_not_there_is_told(void **state)
{
	static const char *const argv[] = {"/nonexistent/program", NULL};
	char out[64];

	(void)state;
	assert_int_equal(checkrun_ask(argv, 10, out, sizeof(out)), -1);
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_is_run_without_a_shell),
		cmocka_unit_test(
			a_program_gets_nothing_to_read_and_a_known_environment),
		cmocka_unit_test(a_program_that_says_too_much_is_cut_and_ended),
		cmocka_unit_test(a_program_that_does_not_end_is_ended),
		cmocka_unit_test(a_program_that_is_not_there_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

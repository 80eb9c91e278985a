/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "check/checkmodules.h"

static void modules_of_this_host_are_loaded(void **state)
{
	const char *why = NULL;

	(void)state;
	assert_int_equal(checkmodules_load("pam_unix.so", &why),
	                 CHECKMODULES_FINE);
	assert_int_equal(checkmodules_load("pam_permit.so", &why),
	                 CHECKMODULES_FINE);
}

static void a_module_that_is_not_there_is_missing(void **state)
{
	const char *why = NULL;

	(void)state;
	assert_int_equal(checkmodules_load("pam_nonsuch.so", &why),
	                 CHECKMODULES_MISSING);
	assert_string_equal(why, "no such file where libpam looks");
	assert_int_equal(checkmodules_load("/nonexistent/pam_unix.so", &why),
	                 CHECKMODULES_MISSING);
}

/* As one whose libraries are not there. */
static void a_module_that_cannot_be_loaded_is_broken(void **state)
{
	char path[] = "/tmp/onepop-test-XXXXXX";
	const char *why = NULL;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	support_write(fd, "no library", 10);
	assert_int_equal(checkmodules_load(path, &why), CHECKMODULES_BROKEN);
	assert_non_null(strstr(why, path));
	assert_int_equal(unlink(path), 0);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modules_of_this_host_are_loaded),
		cmocka_unit_test(a_module_that_is_not_there_is_missing),
		cmocka_unit_test(a_module_that_cannot_be_loaded_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

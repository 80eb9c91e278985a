/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <sys/mman.h>

#include "base/filetime.h"

#define SECOND 1000000000LL
#define MS     1000000LL

static void a_time_is_in_nanoseconds(void **state)
{
	const struct timespec t = {.tv_sec = 1700000000, .tv_nsec = 7};

	(void)state;
	assert_true(filetime_of(t) == 1700000000 * SECOND + 7);
	assert_true(filetime_now() > 1700000000 * SECOND);
}

/* A time in the future was written when a clock was wrong. */
static void a_change_settles_within_two_seconds(void **state)
{
	const int64_t now = 1700000000 * SECOND;

	(void)state;
	assert_true(filetime_settled(now - 2 * SECOND - SECOND, now));
	assert_false(filetime_settled(now - 2 * SECOND, now));
	assert_false(filetime_settled(now, now));
	assert_false(filetime_settled(now + 3600 * SECOND, now));
}

static void with_parts_of_a_second_it_settles_at_once(void **state)
{
	const int64_t now = 1700000000 * SECOND + SECOND / 2;

	(void)state;
	assert_true(filetime_settled(now - FILETIME_SETTLES * MS, now));
	assert_true(filetime_settled(now - SECOND, now));
	assert_false(filetime_settled(now, now));
	assert_false(filetime_settled(now + 1, now));
	assert_false(filetime_settled(now + 3600 * SECOND, now));
}

/* filetime_now reads the clock from which the kernel takes file times. */
static void a_file_gets_the_time_that_it_is(void **state)
{
	const struct timespec pause = {.tv_nsec = FILETIME_SETTLES * MS};
	int fd = memfd_create("times", MFD_CLOEXEC), i;
	struct stat st;

	(void)state;
	assert_true(fd >= 0);
	for (i = 0; i < 20; i++) {
		assert_int_equal(write(fd, "x", 1), 1);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(nanosleep(&pause, NULL), 0);
		assert_true(filetime_settled(filetime_of(st.st_ctim),
		                             filetime_now()) ||
		            st.st_ctim.tv_nsec == 0);
	}
	assert_int_equal(close(fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_is_in_nanoseconds),
		cmocka_unit_test(a_change_settles_within_two_seconds),
		cmocka_unit_test(with_parts_of_a_second_it_settles_at_once),
		cmocka_unit_test(a_file_gets_the_time_that_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

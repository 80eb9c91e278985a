#include "support.h"

#include "filetime.h"

#define SECOND 1000000000LL

static void a_time_is_in_nanoseconds(void **state)
{
	const struct timespec t = {.tv_sec = 1700000000, .tv_nsec = 7};

	(void)state;
	assert_true(filetime_of(t) == 1700000000 * SECOND + 7);
	assert_true(filetime_now() > 1700000000 * SECOND);
}

/* A time to come is left from when a clock was wrong. */
static void a_change_settles_within_two_seconds(void **state)
{
	const int64_t now = 1700000000 * SECOND;

	(void)state;
	assert_true(filetime_settled(now - 2 * SECOND - 1, now));
	assert_false(filetime_settled(now - 2 * SECOND, now));
	assert_false(filetime_settled(now, now));
	assert_false(filetime_settled(now + 3600 * SECOND, now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_is_in_nanoseconds),
		cmocka_unit_test(a_change_settles_within_two_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

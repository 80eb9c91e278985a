/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <limits.h>
#include <signal.h>
#include <sys/time.h>

#include "base/deadline.h"

static void time_goes_on(void **state)
{
	deadline_t first = deadline_now();

	(void)state;
	while (deadline_now() == first)
		continue;
	assert_true(deadline_now() > first);
}

static void a_deadline_is_that_many_seconds_away(void **state)
{
	deadline_t before = deadline_now(), d = deadline_in(600);

	(void)state;
	assert_true(d >= before + 600000);
	assert_true(d <= deadline_now() + 600000);
	assert_true(deadline_left(d) <= 600000);
	assert_true(deadline_left(d) > 590000);
}

static void nothing_is_left_of_a_past_deadline(void **state)
{
	(void)state;
	assert_int_equal(deadline_left(deadline_now()), 0);
	assert_int_equal(deadline_left(deadline_now() - 1), 0);
	assert_int_equal(deadline_left(0), 0);
}

static void never_is_what_poll_takes_for_it(void **state)
{
	(void)state;
	assert_int_equal(deadline_left(DEADLINE_NEVER), -1);
}

static void what_poll_cannot_hold_is_cut(void **state)
{
	(void)state;
	assert_int_equal(
		deadline_left(deadline_now() + INT64_C(1) * INT_MAX + 100000),
		INT_MAX);
	assert_int_equal(deadline_left(DEADLINE_NEVER - 1), INT_MAX);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int signal)
{
	(void)signal;
	alarms++;
}

static void signals_do_not_end_the_sleep(void **state)
{
	struct sigaction act = {.sa_handler = count_alarm};
	struct itimerval each = {{0, 5000}, {0, 5000}}, none = {{0, 0}, {0, 0}};
	deadline_t d;

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &act, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &each, NULL), 0);
	d = deadline_now() + 60;
	deadline_sleep_until(d);
	assert_true(deadline_now() >= d);
	assert_int_equal(setitimer(ITIMER_REAL, &none, NULL), 0);
	assert_true(alarms > 0);
}

static void a_past_point_is_not_slept_for(void **state)
{
	deadline_t before = deadline_now();

	(void)state;
	deadline_sleep_until(before - 100000);
	assert_true(deadline_now() < before + 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_goes_on),
		cmocka_unit_test(a_deadline_is_that_many_seconds_away),
		cmocka_unit_test(nothing_is_left_of_a_past_deadline),
		cmocka_unit_test(never_is_what_poll_takes_for_it),
		cmocka_unit_test(what_poll_cannot_hold_is_cut),
		cmocka_unit_test(signals_do_not_end_the_sleep),
		cmocka_unit_test(a_past_point_is_not_slept_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

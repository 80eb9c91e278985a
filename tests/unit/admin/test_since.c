/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <time.h>

#include "admin/since.h"

#define NOW INT64_C(1790000000)

static int64_t since(const char *text)
{
	int64_t ret = -7;

	assert_null(since_read(text, NOW, &ret));
	return ret;
}

static void a_time_ago_has_a_unit(void **state)
{
	(void)state;
	assert_int_equal(since("0m"), NOW);
	assert_int_equal(since("90m"), NOW - 5400);
	assert_int_equal(since("12h"), NOW - 43200);
	assert_int_equal(since("7d"), NOW - 604800);
	assert_int_equal(since("4294967295d"),
	                 NOW - INT64_C(4294967295) * 86400);
}

static void a_date_is_local_time(void **state)
{
	(void)state;
	assert_int_equal(setenv("TZ", "UTC-2", 1), 0);
	tzset();
	assert_int_equal(since("1970-01-02"), 86400 - 7200);
	assert_int_equal(since("2026-11-28 14:30"), 1795869000);
	assert_int_equal(since("2026-11-28T14:30"), 1795869000);
	assert_int_equal(since("2026-11-28 14:30:05"), 1795869005);
	assert_int_equal(since("2026-11-28T14:30:05"), 1795869005);
}

static void what_is_written_can_be_read(void **state)
{
	char text[SINCE_TEXT];

	(void)state;
	assert_int_equal(setenv("TZ", "UTC-2", 1), 0);
	tzset();
	since_write(1795869005, text);
	assert_string_equal(text, "2026-11-28 14:30:05");
	assert_int_equal(since(text), 1795869005);
}

static void any_number_is_written(void **state)
{
	char text[SINCE_TEXT];

	(void)state;
	since_write(INT64_MAX, text);
	assert_string_equal(text, "9223372036854775807");
	since_write(INT64_MIN, text);
	assert_true(strlen(text) > 0);
}

static void other_text_is_no_time(void **state)
{
	static const char *const texts[] = {
		"",
		"d",
		"7",
		"7w",
		"7 d",
		"-7d",
		"+7d",
		"007d",
		"1.5h",
		"yesterday",
		"2026-11",
		"2026-11-28 14",
		"2026-13-01",
		"28.11.2026",
		"2026-11-28x",
		"99999999999999d",
		"2026-11-28 14:30:05 ",
	};
	int64_t ret;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(texts); i++)
		assert_non_null(since_read(texts[i], NOW, &ret));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_ago_has_a_unit),
		cmocka_unit_test(a_date_is_local_time),
		cmocka_unit_test(what_is_written_can_be_read),
		cmocka_unit_test(any_number_is_written),
		cmocka_unit_test(other_text_is_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

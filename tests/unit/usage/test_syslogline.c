/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <time.h>

#include "usage/syslogline.h"

#define NOW INT64_C(1795944195) /* 2026-11-29 09:23:15 UTC */

static char text[256];
static int64_t at;

static const char *read_line(const char *line)
{
	(void)snprintf(text, sizeof(text), "%s", line);
	at = -1;
	return syslogline_read(text, NOW, &at);
}

static void assert_read(const char *line, int64_t time)
{
	const char *message = read_line(line);

	if (!message)
		fail_msg("not read: %s", line);
	assert_string_equal(message, "login ok: x=1");
	assert_int_equal(at, time);
}

static void a_time_with_a_zone_is_read(void **state)
{
	(void)state;
	assert_read("2026-11-29T09:23:15Z h onepop[12]: login ok: x=1", NOW);
	assert_read("2026-11-29T09:23:15.123456+00:00 h onepop[12]: "
	            "login ok: x=1",
	            NOW);
	assert_read("2026-11-29T10:23:15.1+01:00 mail.example.org onepop: "
	            "login ok: x=1",
	            NOW);
	assert_read("2026-11-29T03:53:15-05:30 h onepop[1]: login ok: x=1",
	            NOW);
}

static void a_time_without_a_year_is_of_the_last_one(void **state)
{
	(void)state;
	assert_read("Nov 29 11:23:15 h onepop[12]: login ok: x=1", NOW);
	assert_read("Nov  9 11:23:15 h onepop[12]: login ok: x=1",
	            NOW - INT64_C(20) * 86400);
	assert_read("Nov 30 11:23:15 h onepop[12]: login ok: x=1",
	            NOW + INT64_C(86400));
	assert_read("Dec  1 11:23:15 h onepop[12]: login ok: x=1",
	            NOW - INT64_C(363) * 86400);
}

static void other_lines_are_passed_over(void **state)
{
	static const char *const lines[] = {
		"",
		"Nov 29 11:23:15",
		"Nov 29 11:23:15 ",
		"Nov 29 11:23:15 h",
		"Nov 29 11:23:15 h ",
		"Nov 29 11:23:15  onepop[1]: login ok: x=1",
		"Nov 29 11:23:15 h onepop",
		"Nov 29 11:23:15 h onepop[1]",
		"Nov 29 11:23:15 h onepop[1]:x",
		"Nov 29 11:23:15 h onepop[1 : x",
		"Nov 29 11:23:15 h onepop[x]: x",
		"Nov 29 11:23:15 h onepop[",
		"Nov 29 11:23:15 h onepopctl[1]: login ok: x=1",
		"Nov 29 11:23:15 h evil: h onepop[1]: login ok: x=1",
		"2026-11-29T09:23:15 h onepop[1]: login ok: x=1",
		"2026-11-29 09:23:15Z h onepop[1]: login ok: x=1",
		"2026-13-29T09:23:15Z h onepop[1]: login ok: x=1",
		"login ok: x=1",
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(lines); i++)
		if (read_line(lines[i]))
			fail_msg("read: %s", lines[i]);
}

static int set_zone(void **state)
{
	(void)state;
	(void)setenv("TZ", "UTC-2", 1);
	tzset();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_with_a_zone_is_read),
		cmocka_unit_test(a_time_without_a_year_is_of_the_last_one),
		cmocka_unit_test(other_lines_are_passed_over),
	};

	return cmocka_run_group_tests(tests, set_zone, NULL);
}

/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "mbox/fromline.h"

static const char *const good[] = {
	"From a@b Thu Jan  2 03:04:05 2020",
	"From a@b Thu Jan 2 03:04:05 2020",
	"From a@b Thu Jan 02 03:04:05 2020",
	"From a@b Thu Jan  2 3:04:05 2020",
	"From a@b Thu Jan  2 03:04 2020",
	"From a@b Wed Dec 31 23:59:60 2008",
	"From a@b Sat Feb 29 00:00:00 0000",
	"From a@b  Thu Jan  2 03:04:05 2020",
	"From a@b\tThu Jan  2 03:04:05 2020",
	"From a@b Thu  Jan  2  03:04:05  2020",
	"From a@b Thu Jan  2 03:04:05 2020 ",
	"From a@b Thu Jan  2 03:04:05 2020\t ",
	"From a@b Thu Jan  2 03:04:05 EST 2020",
	"From a@b Thu Jan  2 03:04:05 +0100 2020",
	"From a@b Thu Jan  2 03:04:05 -0930 2020",
	"From a@b Thu Jan  2 03:04:05 MET DST 2020",
	"From a@b Thu Jan  2 03:04 EST 2020",
	"From a@b Thu Jan  2 03:04:05 2020 EST",
	"From a@b Thu Jan  2 03:04:05 2020 +0100",
	"From a@b Thu Jan  2 03:04:05 2020 MET DST",
	"From a@b Thu Jan  2 03:04:05 2020 remote from uucphost",
	"From a@b Thu Jan  2 03:04:05 EST 2020 remote from uucp host",
	"From a@b Thu Jan  2 03:04:05 2020 EST remote from uucphost",
	"From a@b Thu Jan  2 03:04:05 GMT+0100 2020",
	"From a@b Thu Jan  2 03:04:05 2020 GMT-0930",
	"From a@b Thu Jan  2 03:04:05 GMT+1 2020",
	"From a@b Thu Jan  2 03:04:05 UTC+5:30 2020",
	"From a@b Thu Jan  2 03:04:05 +01:00 2020",
	"From a@b Thu Jan  2 03:04:05 2020 -09:30",
	"From a@b Thu Jan  2 03:04:05 +03 2020",
	"From a@b Thu Jan  2 03:04:05 2020 -03",
	"From a@b Thu Jan  2 03:04:05 AM +0545 2020",
	"From a@b Thu Jan  2 03:04:05 2020 +0100 (CET)",
	"From a@b Thu, 2 Jan 2020 03:04:05 +0000",
	"From a@b Thu, 02 Jan 2020 03:04:05 +0000",
	"From a@b Thu,  2 Jan 2020 3:04:05 GMT",
	"From a@b Thu, 2 Jan 2020 03:04:05 +0100 (CET)",
	"From a@b Thu, 2 Jan 2020 03:04:05 -0500 (GMT-05:00)",
	"From a@b Thu, 2 Jan 2020 03:04:05 -0300 (-03)",
	"From a@b Thu, 2 Jan 2020 03:04:05",
	"From a@b Thu, 2 Jan 2020 03:04:05 ",
	"From a@b Thu 2 Jan 2020 03:04:05 +01:00",
	"From a@b Thu, 2 Jan 2020 03:04:05 EST remote from uucphost",
	"From - Thu, 2 Jan 2020 03:04:05 GMT+0100",
	"From MAILER-DAEMON Fri Jul  4 13:30:00 1997",
	"From - Mon Sep  1 00:00:00 2003",
	"From \"a b\"@c Tue Mar 17 10:00:00 2026",
	"From Thu Thu Jan  2 03:04:05 2020",
	"From a Thu Jan Thu Jan  2 03:04:05 2020",
	"From \377\200@b Sun Apr  5 03:04:05 2020",
	"From a@b Sun May  5 03:04:05 2020",
	"From a@b Sun Jun  5 03:04:05 2020",
	"From a@b Sun Aug  5 03:04:05 2020",
	"From a@b Sun Oct  5 03:04:05 2020",
	"From a@b Sun Nov  5 03:04:05 2020",
	"From a@b thu Jan  2 03:04:05 2020",
	"From a@b Thu jan  2 03:04:05 2020",
	"From a@b MON NOV 23 10:00:00 2026",
	"From a@b mon, 23 nov 2026 10:00:00 gmt",
	"From a@b Thu Jan  2 03:04:05 EST5EDT 2020",
	"From a@b Thu Jan  2 03:04:05 2020 CST6CDT",
	"From a@b Thu Jan  2 03:04:05 2020 MST7",
	"From a@b Thu Jan  2 03:04:05 2020 (NZST12NZDT)",
	"From a@b Thu Jan  2 03:04:05 2020 (GMT Standard Time)",
	"From a@b Thu Jan  2 03:04:05 (W. Europe Daylight Time) 2020",
	"From a@b Thu, 2 Jan 2020 03:04:05 +0000 (Coordinated Universal time)",
	"From a@b Thu, 2 Jan 2020 03:04:05 +0100 (Hora est\303\241ndar TIME)",
	"From a@b Thu Jan  2 24:00:00 2020",
	"From a@b Thu Jan  2 24:00 2020",
	"From a@b Thu, 2 Jan 2020 24:00:00 +0000",
	"From a@b Thu Jan  2 03:04:05 2020\r",
	"From a@b Thu Jan  2 03:04:05 2020 \r\r",
	"From a@b Thu Jan  2 03:04:05 2020 forwarded by gate",
	"From a@b Thu Jan  2 03:04:05 2020 EST Forwarded by a b\r",
};

static const char *const bad[] = {
	"From ",
	"From a@b",
	"From here on, all is well",
	"From a@b Thu",
	"From a@b Thu Jan",
	"From a@b Thu Jan  2",
	"From a@b Thu Jan  2 03:04:05",
	"From a@b Thu Jan  2 03:04:05 ",
	"From a@b Thu Jan  2 03:04:05 20",
	"From a@b Thu Jan  2 03:04:05 202",
	"From a@b Thu Jan  2 03:04:05 20200",
	"From a@b Thu Jan  2 03:04:05 2020x",
	"From a@b Thu Jan  2 03:04:05 2020 +0100x",
	"From a@b Thu Jan  2 03:04:05 2020 +0100remote from x",
	"From a@b Thu Jan  2 03:04:05 2020.",
	"From a@b Thu Jan  2 03:04:05 2020,",
	"From a@b Thx Jan  2 03:04:05 2020",
	"From a@b Thu Jax  2 03:04:05 2020",
	"From a@b Thu, Jan  2 03:04:05 2020",
	"From a@b xThu Jan  2 03:04:05 2020",
	"From a@b Thu Jan 32 03:04:05 2020",
	"From a@b Thu Jan 123 03:04:05 2020",
	"From a@b Thu Jan  x 03:04:05 2020",
	"From a@b Thu Jan  2 24:04:05 2020",
	"From a@b Thu Jan  2 03:60:05 2020",
	"From a@b Thu Jan  2 03:04:61 2020",
	"From a@b Thu Jan  2 03:4:05 2020",
	"From a@b Thu Jan  2 03:04:5 2020",
	"From a@b Thu Jan  2 03.04 2020",
	"From a@b Thu Jan  2 03:04:05: 2020",
	"From a@b Thu Jan  2 2020 03:04:05",
	"From a@b ThuJan  2 03:04:05 2020",
	"From a@b Thu Jan2 03:04:05 2020",
	"From a@b Thu Jan  203:04:05 2020",
	"From a@b Thu Jan  2 03:04:052020",
	"From a@b Thu Jan  2 03:04:05 + 2020",
	"From a@b Thu Jan  2 03:04:05 +010 2020",
	"From a@b Thu Jan  2 03:04:05 +01000 2020",
	"From a@b Thu Jan  2 03:04:05 +01:0 2020",
	"From a@b Thu Jan  2 03:04:05 +01: 2020",
	"From a@b Thu Jan  2 03:04:05 +01:00:00 2020",
	"From a@b Thu Jan  2 03:04:05 GMT+ 2020",
	"From a@b Thu Jan  2 03:04:05 GMT+1x 2020",
	"From a@b Thu Jan  2 03:04:05 2020 (CET",
	"From a@b Thu Jan  2 03:04:05 2020 (GMT-05:00",
	"From a@b Thu Jan  2 03:04:05 2020 (GMT-05:)",
	"From a@b Thu Jan  2 03:04:05 2020 (-)",
	"From a@b Thu Jan  2 03:04:05 2020 ()",
	"From a@b Thu Jan  2 03:04:05 2020 (we left)",
	"From a@b Thu Jan  2 03:04:05 A B C 2020",
	"From a@b Thu Jan  2 03:04:05 A 2020 B C",
	"From a@b Thu Jan  2 03:04:05 2020 and then we left",
	"From a@b Thu Jan  2 03:04:05 2020 12345",
	"From a@b Thu Jan  2 03:04:05: 2020",
	"From a@b Thu Jan  2 03:04: 2020",
	"From a@b Thu, 2 Jan 2020",
	"From a@b Thu, 2 Jan 2020 03:04",
	"From a@b Thu, 2 Jan 2020 03:04 +0100",
	"From a@b Thu, 2 Jan 20 03:04:05",
	"From a@b Thu, 2 Jan 2020, 03:04:05",
	"From a@b Thu, 2 Jan 2020 at 03:04:05",
	"From a@b Thu, 2 Jan 2020 03:04:05.",
	"From a@b Thu, 2 Jan 2020 03:04:05, and then we left",
	"From a@b Thu, 2 Jan 2020 03:04:05 A B C",
	"From a@b Thu, 2 Jan 2020 03:04:05 2020",
	"From a@b Thu, 2 Jan 2020 24:04:05",
	"From a@b Thu, 32 Jan 2020 03:04:05",
	"From a@b Thu, 2 Jax 2020 03:04:05",
	"From a@b Thu,2 Jan 2020 03:04:05",
	"From a@b Thu , 2 Jan 2020 03:04:05",
	"From a@b Thursday, 2 Jan 2020 03:04:05",
	"From a@b 2 Jan 2020 03:04:05 +0000",
	"From a@b 2020-01-02 03:04:05",
	"From a@b Jan  2 03:04:05 2020",
	"From a@b Thu Jan  2 24:01:00 2020",
	"From a@b Thu Jan  2 24:00:01 2020",
	"From a@b Thu Jan  2 25:00:00 2020",
	"From a@b Thu Jan  2 03:04:05 2020 A4",
	"From a@b Thu Jan  2 03:04:05 2020 ES5EDT",
	"From a@b Thu Jan  2 03:04:05 2020 EST5EDT6",
	"From a@b Thu Jan  2 03:04:05 2020 EST555",
	"From a@b Thu Jan  2 03:04:05 2020 (about tea)",
	"From a@b Thu Jan  2 03:04:05 2020 (GMT Standard Time",
	"From a@b Thu Jan  2 03:04:05 2020 (GMT Standard Times)",
	"From a@b Thu Jan  2 03:04:05 2020 (GMT Standard Time )",
	"From a@b Thu Jan  2 03:04:05 2020 (GMT, Standard Time)",
	"From a@b Thu Jan  2 03:04:05 2020 GMT Standard Time",
	"From a@b Thu Jan  2 03:04:05 2020 (a b Time) (c d Time) (e f Time)",
	"From a@b Thu Jan  2 03:04:05 2020 forwarded to gate",
	"From a@b Thu Jan  2 03:04:05 2020forwarded by gate",
	"From a@b Thu Jan  2 03:04:05 2020\rx",
	"From a@b Thu Jan  2 03:04:05\r 2020",
};

static struct fromline_date found;

static void each_good_date_is_one(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(good); i++)
		if (!fromline_has_date(good[i], strlen(good[i]), &found))
			fail_msg("refused: %s", good[i]);
}

static void each_bad_date_is_none(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(bad); i++)
		if (fromline_has_date(bad[i], strlen(bad[i]), &found))
			fail_msg("taken: %s", bad[i]);
}

static const struct {
	const char *line;
	size_t at;
	int year, month, day, hour, minute, second;
} read_as[] = {
	{"From a@b Thu Jan  2 03:04:05 2020", 9, 2020, 1, 2, 3, 4, 5},
	{"From  Wed Dec 31 23:59:60 0000", 6, 0, 12, 31, 23, 59, 60},
	{"From a@b  Thu Mar 02 3:04 PST 2020 +0100", 10, 2020, 3, 2, 3, 4, 0},
	{"From a Thu Jan  2 03:04:05 2020 +0100 EST", 7, 2020, 1, 2, 3, 4, 5},
	{"From - Thu, 2 Feb 2020 13:14:15 GMT", 7, 2020, 2, 2, 13, 14, 15},
	{"From a Thu Jan Fri Nov  3 04:05:06 2021", 15, 2021, 11, 3, 4, 5, 6},
	{"From a Thu Jan  2 03:04 2020 remote from Fri Jan  3 04:05:06 2021", 7,
         2020, 1, 2, 3, 4, 0},
};

static void a_date_is_read_as_it_is_written(void **state)
{
	size_t i, n;

	(void)state;
	for (i = 0; i < LENGTH(read_as); i++) {
		n = strlen(read_as[i].line);
		assert_true(fromline_has_date(read_as[i].line, n, &found));
		assert_ptr_equal(found.at, read_as[i].line + read_as[i].at);
		assert_int_equal(found.year, read_as[i].year);
		assert_int_equal(found.month, read_as[i].month);
		assert_int_equal(found.day, read_as[i].day);
		assert_int_equal(found.hour, read_as[i].hour);
		assert_int_equal(found.minute, read_as[i].minute);
		assert_int_equal(found.second, read_as[i].second);
	}
}

static void a_nul_is_no_end(void **state)
{
	static const char line[] = "From a@b Thu Jan  2 03:04:05 2020\0x";

	(void)state;
	assert_false(fromline_has_date(line, sizeof(line) - 1, &found));
	assert_true(fromline_has_date("From \0 Thu Jan  2 03:04:05 2020", 31,
	                              &found));
}

static void a_date_cut_anywhere_is_none(void **state)
{
	static const char line[] = "From a@b Thu Jan  2 03:04:05 2020";
	size_t n;

	(void)state;
	for (n = 5; n < sizeof(line) - 1; n++)
		assert_false(fromline_has_date(line, n, &found));
	assert_true(fromline_has_date(line, n, &found));
}

/* With a sender of any length the end of the line is enough. */
static void the_last_octets_of_a_long_line_are_enough(void **state)
{
	static const char date[] = " Thu Jan  2 03:04:05 2020";
	size_t n = sizeof(date) - 1, room;
	char line[1024];

	(void)state;
	memset(line, 'a', sizeof(line));
	memcpy(line, "From ", 5);
	memcpy(line + sizeof(line) - n, date, n);
	for (room = FROMLINE_TAIL; room <= sizeof(line); room++)
		assert_true(fromline_has_date(line + sizeof(line) - room, room,
		                              &found));
}

/* The result must not depend on how much of the line the caller kept. */
static void more_of_a_long_line_changes_nothing(void **state)
{
	char line[400];
	size_t i, n, gap;
	bool want;

	(void)state;
	for (gap = 0; gap < 200; gap++) {
		(void)snprintf(line, sizeof(line),
		               "From a@b Thu Jan  2 03:04:05 2020 remote from "
		               "%0*d",
		               (int)gap + 1, 1);
		n = strlen(line);
		want = fromline_has_date(line, n, &found);
		for (i = 0; n - i >= FROMLINE_TAIL; i++)
			if (fromline_has_date(line + i, n - i, &found) != want)
				fail_msg("%zu of %zu octets: not %d", n - i, n,
				         want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_good_date_is_one),
		cmocka_unit_test(each_bad_date_is_none),
		cmocka_unit_test(a_date_is_read_as_it_is_written),
		cmocka_unit_test(a_nul_is_no_end),
		cmocka_unit_test(a_date_cut_anywhere_is_none),
		cmocka_unit_test(the_last_octets_of_a_long_line_are_enough),
		cmocka_unit_test(more_of_a_long_line_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

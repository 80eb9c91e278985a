/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <time.h>

#include "usage/sums.h"

static struct sums sums;

static bool add(int64_t time, const char *only, const char *line)
{
	char text[LOGLINE_OCTETS];
	struct logline l;

	(void)snprintf(text, sizeof(text), "%s", line);
	assert_true(logline_read(&l, text));
	if (!sums_take(&l, only))
		return false;
	sums_add(&sums, &l, time);
	return true;
}

static const struct sums_row *only_row(const struct sums_table *t)
{
	assert_int_equal(t->n, 1);
	assert_int_equal(t->others, 0);
	return t->rows[0];
}

static void a_user_has_the_newest_login_and_all_octets(void **state)
{
	const struct sums_row *row;

	(void)state;
	/* The newest first, as the journal is read. */
	add(7300, NULL,
	    "session end: rip=192.0.2.7 reason=quit retr=2/300 user=\"al\"");
	add(7200, NULL, "login ok: rip=192.0.2.7 tls=TLSv1.3 user=\"al\"");
	add(3600, NULL,
	    "login ok: rip=192.0.2.9 tls=no account=\"al\" "
	    "user=\"al@example.org\"");
	add(3601, NULL,
	    "session end: rip=192.0.2.9 reason=quit retr=1/30 user=\"al\"");
	row = only_row(&sums.users);
	assert_string_equal(row->who, "al");
	assert_string_equal(row->address, "192.0.2.7");
	assert_string_equal(row->tls, "TLSv1.3");
	assert_int_equal(row->last, 7200);
	assert_int_equal(row->count, 2);
	assert_int_equal(row->messages, 3);
	assert_int_equal(row->octets, 330);
	assert_int_equal(sums.ends.n, 0);
	assert_int_equal(sums.logins[1], 1);
	assert_int_equal(sums.logins[2], 1);
	assert_int_equal(sums.lines, 4);
}

static void what_failed_is_counted_by_its_reason(void **state)
{
	(void)state;
	add(10, NULL, "login failed: rip=::1 reason=auth user=?");
	add(30, NULL, "login failed: rip=::1 reason=auth user=\"al\"");
	add(20, NULL, "login failed: rip=::1 reason=name user=?");
	add(20, NULL, "session refused: rip=192.0.2.1 reason=tls");
	assert_int_equal(sums.failures.n, 3);
	assert_string_equal(sums.failures.rows[0]->who, "::1");
	assert_string_equal(sums.failures.rows[0]->reason, "auth");
	assert_int_equal(sums.failures.rows[0]->count, 2);
	assert_int_equal(sums.failures.rows[0]->last, 30);
	assert_int_equal(sums.failed[0], 4);
	add(40, NULL, "session end: reason=hangup retr=0/0 user=\"al\"");
	assert_string_equal(only_row(&sums.ends)->reason, "hangup");
	add(50, NULL, "mailbox error: reason=\"no mbox\" user=\"al\"");
	assert_string_equal(only_row(&sums.errors)->reason, "no mbox");
	assert_int_equal(only_row(&sums.users)->count, 0);
	add(50, NULL, "mailbox error: reason=\"x\" mailbox=\"/m\"");
	assert_string_equal(sums.errors.rows[1]->who, "-");
}

static void other_users_and_events_are_not_taken(void **state)
{
	(void)state;
	assert_false(add(1, "al", "login ok: user=\"bob\""));
	assert_false(add(1, "al", "login failed: user=?"));
	assert_true(add(1, "al", "login ok: user=\"al\""));
	assert_true(add(1, "al", "login ok: account=\"al\" user=\"x\""));
	assert_true(add(1, "x", "login ok: account=\"al\" user=\"x\""));
	assert_false(add(1, NULL, "mailbox recovered: user=\"al\""));
	assert_int_equal(sums.lines, 3);
}

static void numbers_that_are_none_count_nothing(void **state)
{
	(void)state;
	add(1, NULL, "session end: reason=quit retr=/ user=\"al\"");
	add(1, NULL, "session end: reason=quit retr=x/1 user=\"al\"");
	add(1, NULL, "session end: reason=quit user=\"al\"");
	assert_int_equal(only_row(&sums.users)->octets, 0);
}

static void there_are_so_many_rows_and_no_more(void **state)
{
	char line[128];
	int i;

	(void)state;
	for (i = 0; i < SUMS_ROWS + 5; i++) {
		(void)snprintf(line, sizeof(line),
		               "login failed: rip=2001:db8::%x reason=auth", i);
		add(1, NULL, line);
	}
	add(1, NULL, "login failed: rip=2001:db8::1 reason=auth");
	assert_int_equal(sums.failures.n, SUMS_ROWS);
	assert_int_equal(sums.failures.others, 5);
	assert_int_equal(sums.failures.rows[1]->count, 2);
}

static void long_text_is_cut(void **state)
{
	char line[512];

	(void)state;
	(void)snprintf(line, sizeof(line),
	               "mailbox error: reason=\"%0200d\" user=\"%0200d\"", 1,
	               2);
	add(1, NULL, line);
	add(1, NULL, line);
	assert_int_equal(strlen(only_row(&sums.errors)->reason), 80);
	assert_int_equal(strlen(only_row(&sums.errors)->who), 64);
	assert_int_equal(only_row(&sums.errors)->count, 2);
}

static int set_up_sums(void **state)
{
	(void)state;
	(void)setenv("TZ", "UTC", 1);
	tzset();
	memset(&sums, 0, sizeof(sums));
	return 0;
}

static int free_sums(void **state)
{
	(void)state;
	sums_free(&sums);
	assert_int_equal(sums.users.n, 0);
	assert_null(sums.users.tree);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_sums, free_sums)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_user_has_the_newest_login_and_all_octets),
		TEST(what_failed_is_counted_by_its_reason),
		TEST(other_users_and_events_are_not_taken),
		TEST(numbers_that_are_none_count_nothing),
		TEST(there_are_so_many_rows_and_no_more),
		TEST(long_text_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "support.h"

#include <errno.h>

#include "base/fileio.h"
#include "mbox/mboxpart.h"

#define F     "From a@b Thu Jan  2 03:04:05 2020\n"
#define ONE   F "Subject: one\n\nfirst\n\n"
#define TWO   F "Subject: two\n\nsecond\n\n"
#define THREE F "Subject: three\n\nthird\n"
#define LARGE 700000 /* some pieces */

/* The starts of what was found. */
static off_t starts[4];
static int found, stop_at;

static int find(void *ctx, const struct mbox_message *m)
{
	assert_ptr_equal(ctx, starts);
	assert_true(found < (int)LENGTH(starts));
	starts[found++] = m->start;
	return found == stop_at ? 5 : 0;
}

static int scan(int fd, off_t at, off_t end)
{
	found = 0;
	return mboxpart_scan(fd, at, end, find, starts);
}

static void the_messages_of_the_part_are_reported(void **state)
{
	const off_t two = sizeof(ONE) - 1, three = sizeof(ONE TWO) - 1;
	int fd = support_file(ONE TWO THREE, sizeof(ONE TWO THREE) - 1);

	(void)state;
	assert_int_equal(scan(fd, 0, sizeof(ONE TWO THREE) - 1), 0);
	assert_int_equal(found, 3);
	assert_int_equal(starts[2], three);
	assert_int_equal(scan(fd, two, three), 0);
	assert_int_equal(found, 1);
	assert_int_equal(starts[0], two);
	assert_int_equal(scan(fd, three, three), 0);
	assert_int_equal(scan(fd, 0, 0), 0);
	assert_int_equal(found, 0);
	assert_int_equal(close(fd), 0);
}

static void a_message_may_be_larger_than_a_piece(void **state)
{
	char *text = malloc(LARGE + sizeof(ONE "\n\n" TWO));
	int fd, n;

	(void)state;
	assert_non_null(text);
	n = sprintf(text, ONE "%0*d\n\n" TWO, LARGE, 0);
	fd = support_file(text, (size_t)n);
	free(text);
	assert_int_equal(scan(fd, 0, n), 0);
	assert_int_equal(found, 2);
	assert_int_equal(starts[1], sizeof(ONE) - 1 + LARGE + 2);
	assert_int_equal(close(fd), 0);
}

static void what_found_returns_ends_it(void **state)
{
	int fd = support_file(ONE TWO THREE, sizeof(ONE TWO THREE) - 1);

	(void)state;
	stop_at = 2;
	assert_int_equal(scan(fd, 0, sizeof(ONE TWO THREE) - 1), 5);
	assert_int_equal(found, 2);
	stop_at = 0;
	assert_int_equal(close(fd), 0);
}

static void what_is_no_mailbox_is_told(void **state)
{
	int fd = support_file("hello\n\n" ONE, sizeof("hello\n\n" ONE) - 1);

	(void)state;
	assert_int_equal(scan(fd, 0, sizeof("hello\n\n" ONE) - 1),
	                 MBOXSCAN_NOT_MBOX);
	assert_int_equal(close(fd), 0);
}

static void a_file_that_ends_before_is_told(void **state)
{
	int fd = support_file(ONE, sizeof(ONE) - 1);

	(void)state;
	assert_int_equal(scan(fd, 0, sizeof(ONE)), MBOXPART_SHORT);
	assert_int_equal(close(fd), 0);
}

static ssize_t failing_pread(int fd, void *buf, size_t n, off_t at)
{
	(void)fd;
	(void)buf;
	(void)n;
	(void)at;
	errno = EIO;
	return -1;
}

static void a_read_that_fails_is_told(void **state)
{
	struct fileio real = calls;

	(void)state;
	calls.pread = failing_pread;
	assert_int_equal(scan(0, 0, 10), -1);
	calls = real;
	assert_int_equal(errno, EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_messages_of_the_part_are_reported),
		cmocka_unit_test(a_message_may_be_larger_than_a_piece),
		cmocka_unit_test(what_found_returns_ends_it),
		cmocka_unit_test(what_is_no_mailbox_is_told),
		cmocka_unit_test(a_file_that_ends_before_is_told),
		cmocka_unit_test(a_read_that_fails_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

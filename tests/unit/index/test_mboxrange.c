/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>

#include "base/digest.h"
#include "base/fileio.h"
#include "index/mboxrange.h"

#define MOST  40000
#define LARGE 700000 /* octets that are read in more than one piece */

static char text[MOST];
static struct mbox_message m;
static bool same;

/* Makes a header of n octets from a place on, and a body. */
static int make(off_t at, size_t n)
{
	size_t i;

	assert_true((size_t)at + n + 10 <= MOST);
	for (i = 0; i < MOST; i++)
		text[i] = (char)('a' + i % 23);
	m = (struct mbox_message){.start = at,
	                          .text = at,
	                          .body = at + (off_t)n,
	                          .end = at + (off_t)n + 10,
	                          .digest = digest_of(text + at, n)};
	return support_file(text, (size_t)at + n + 10);
}

static const struct {
	off_t at;
	size_t n;
} headers[] = {
	{0, 0},    {0, 1},     {7, 35},    {0, 8191},  {1, 8192},
	{5, 8193}, {0, 16383}, {9, 16384}, {0, 16385}, {3, 39000},
};

static void an_unchanged_header_is_the_same(void **state)
{
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < LENGTH(headers); i++) {
		fd = make(headers[i].at, headers[i].n);
		assert_int_equal(mboxrange_header(fd, &m, &same), 0);
		assert_true(same);
		assert_int_equal(close(fd), 0);
	}
}

static bool same_with(int fd, off_t at, char octet)
{
	char was;

	assert_int_equal(pread(fd, &was, 1, at), 1);
	assert_int_equal(pwrite(fd, &octet, 1, at), 1);
	assert_int_equal(mboxrange_header(fd, &m, &same), 0);
	assert_int_equal(pwrite(fd, &was, 1, at), 1);
	return same;
}

static void each_octet_of_it_counts_and_no_other(void **state)
{
	uint64_t seed = 1;
	size_t i;
	int fd, k;

	(void)state;
	for (i = 1; i < LENGTH(headers); i++) {
		fd = make(headers[i].at, headers[i].n);
		assert_false(same_with(fd, m.start, 'X'));
		assert_false(same_with(fd, m.body - 1, 'X'));
		assert_true(same_with(fd, m.body, 'X'));
		if (m.start > 0)
			assert_true(same_with(fd, m.start - 1, 'X'));
		for (k = 0; k < 20; k++)
			assert_false(same_with(
				fd,
				m.start + (off_t)support_below(&seed,
			                                       headers[i].n),
				'X'));
		assert_int_equal(close(fd), 0);
	}
}

static void a_header_that_is_cut_is_another(void **state)
{
	size_t i;
	int fd;

	(void)state;
	for (i = 1; i < LENGTH(headers); i++) {
		fd = make(headers[i].at, headers[i].n);
		assert_int_equal(ftruncate(fd, m.body - 1), 0);
		assert_int_equal(mboxrange_header(fd, &m, &same), 0);
		assert_false(same);
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(mboxrange_header(fd, &m, &same), 0);
		assert_false(same);
		assert_int_equal(close(fd), 0);
	}
}

#define EACH 9000 /* octets at each end, more than are read at once */

/* Returns the digest of the ends, with another octet at a place. */
static uint64_t ends_with(int fd, off_t at)
{
	uint64_t ret;

	assert_int_equal(pwrite(fd, "X", 1, at), 1);
	assert_int_equal(mboxrange_header_ends(fd, &m, EACH, &ret), 0);
	assert_int_equal(pwrite(fd, text + at, 1, at), 1);
	return ret;
}

static void both_ends_count_and_nothing_else(void **state)
{
	const off_t in[] = {3, 3 + EACH - 1, 39003 - EACH, 39002},
		    out[] = {2, 3 + EACH, 20000, 39002 - EACH, 39003};
	uint64_t ends, again;
	size_t i;
	int fd;

	(void)state;
	fd = make(3, 39000);
	assert_int_equal(mboxrange_header_ends(fd, &m, EACH, &ends), 0);
	for (i = 0; i < LENGTH(in); i++)
		assert_true(ends_with(fd, in[i]) != ends);
	for (i = 0; i < LENGTH(out); i++)
		assert_true(ends_with(fd, out[i]) == ends);
	assert_int_equal(ftruncate(fd, 39002), 0);
	assert_int_equal(mboxrange_header_ends(fd, &m, EACH, &again), 0);
	assert_true(again != ends);
	assert_int_equal(close(fd), 0);
}

static unsigned int fail_at, call;
static struct fileio real;

static ssize_t failing_pread(int fd, void *buf, size_t n, off_t at)
{
	if (++call == fail_at) {
		errno = EIO;
		return -1;
	}
	return real.pread(fd, buf, n, at);
}

static void a_read_that_fails_is_told(void **state)
{
	size_t i;
	int fd, r;

	(void)state;
	real = fileio;
	fileio.pread = failing_pread;
	for (i = 1; i < LENGTH(headers); i++) {
		fd = make(headers[i].at, headers[i].n);
		for (fail_at = 1;; fail_at++) {
			call = 0;
			errno = 0;
			r = mboxrange_header(fd, &m, &same);
			if (call < fail_at)
				break;
			assert_int_equal(r, -1);
			assert_int_equal(errno, EIO);
		}
		assert_true(r == 0 && same);
		assert_int_equal(close(fd), 0);
	}
	fd = make(0, 39000);
	for (fail_at = 1; fail_at <= 4; fail_at++) {
		call = 0;
		assert_int_equal(
			mboxrange_header_ends(fd, &m, EACH, &(uint64_t){0}),
			-1);
	}
	assert_int_equal(close(fd), 0);
	fileio = real;
}

static const struct {
	const char *before; /* the octets before the place */
	int blank;
} blanks[] = {
	{"", 0},        {"\n", 1},      {"\r\n", 2},      {"a\n", -1},
	{"a\n\n", 1},   {"a\n\r\n", 2}, {"a\r\n\r\n", 2}, {"a\r\n", -1},
	{"a\n\n\n", 1}, {"a", -1},      {"a\n\r", -1},    {"a\n\r\r\n", -1},
	{"ab\n", -1},   {"abc", -1},    {"\n\r\n", 2},
};

static void a_blank_line_is_told_before_a_place(void **state)
{
	size_t i;
	int fd, got;

	(void)state;
	for (i = 0; i < LENGTH(blanks); i++) {
		(void)sprintf(text, "%s\nFrom", blanks[i].before);
		fd = support_file(text, strlen(text));
		assert_int_equal(
			mboxrange_blank_before(
				fd, (off_t)strlen(blanks[i].before), &got),
			0);
		assert_int_equal(got, blanks[i].blank);
		assert_int_equal(close(fd), 0);
	}
}

#define F     "From a@b Thu Jan  2 03:04:05 2020\n"
#define ONE   F "Subject: one\n\nfirst\n\n"
#define TWO   F "Subject: two\n\nsecond\n\n"
#define THREE F "Subject: three\n\nthird\n\n"

static struct mbox_message listed[3];

static int list(void *ctx, const struct mbox_message *message)
{
	listed[(*(size_t *)ctx)++] = *message;
	return 0;
}

static void list_three(void)
{
	struct mboxscan *scan;
	size_t n = 0;

	scan = mboxscan_new(list, &n);
	assert_non_null(scan);
	assert_int_equal(
		mboxscan_feed(scan, ONE TWO THREE, sizeof(ONE TWO THREE) - 1),
		0);
	assert_int_equal(mboxscan_end(scan), 0);
	assert_int_equal(n, 3);
	mboxscan_free(scan);
}

/* What three messages became, and which of them are unchanged. */
static const struct {
	const char *text;
	bool same[3];
} changes[] = {
	{ONE TWO THREE, {true, true, true}},
	{ONE TWO THREE TWO, {true, true, true}},
	{ONE TWO F, {true, false, false}}, /* cut */
	{ONE F "Subject: two\n\nsec-nd\n\n" THREE, {true, true, true}},
	{ONE F "Subject: two\n\nsec\nnd\n\n" THREE, {true, false, true}},
	{ONE F "Subject: two\n\nsecon\n\n\n" THREE, {true, false, true}},
	{ONE F "Subject: tw-\n\nsecond\n\n" THREE, {true, false, true}},
	{ONE F "Subject: tw\n\n\nsecond\n\n" THREE, {true, false, true}},
	{ONE ">" TWO THREE, {false, false, false}},
	{ONE "f" F "ubject: two\n\nsecond\n\n" THREE, {false, false, true}},
	{ONE "From a@b Thu Jan  2 03.04:05 2020\n"
             "Subject: two\n\nsecond\n\n" THREE,
         {false, false, true}},
};

static void a_message_is_what_stands_up_to_the_next(void **state)
{
	size_t i, k;
	off_t end = sizeof(ONE TWO THREE) - 1;
	int fd;

	(void)state;
	list_three();
	for (i = 0; i < LENGTH(changes); i++) {
		fd = support_file(changes[i].text, strlen(changes[i].text));
		for (k = 0; k < 3; k++) {
			assert_int_equal(
				mboxrange_message(fd, &listed[k],
			                          k < 2 ? &listed[k + 1] : NULL,
			                          end, &same),
				0);
			assert_int_equal(same, changes[i].same[k]);
		}
		assert_int_equal(close(fd), 0);
	}
}

/* The starts of the messages found. */
static off_t starts[4];
static int found, stop_at;

static int find(void *ctx, const struct mbox_message *message)
{
	assert_ptr_equal(ctx, starts);
	assert_true(found < (int)LENGTH(starts));
	starts[found++] = message->start;
	return found == stop_at ? 5 : 0;
}

static int scan(int fd, off_t at, off_t end)
{
	found = 0;
	return mboxrange_scan(fd, at, end, find, starts);
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
	char *large = malloc(LARGE + sizeof(ONE "\n\n" TWO));
	int fd, n;

	(void)state;
	assert_non_null(large);
	n = sprintf(large, ONE "%0*d\n\n" TWO, LARGE, 0);
	fd = support_file(large, (size_t)n);
	free(large);
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
	assert_int_equal(scan(fd, 0, sizeof(ONE)), MBOXRANGE_SHORT);
	assert_int_equal(close(fd), 0);
}

static void a_scan_whose_read_fails_is_told(void **state)
{
	(void)state;
	real = fileio;
	fileio.pread = failing_pread;
	fail_at = 1;
	call = 0;
	assert_int_equal(scan(0, 0, 10), -1);
	fileio = real;
	assert_int_equal(errno, EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unchanged_header_is_the_same),
		cmocka_unit_test(each_octet_of_it_counts_and_no_other),
		cmocka_unit_test(a_header_that_is_cut_is_another),
		cmocka_unit_test(both_ends_count_and_nothing_else),
		cmocka_unit_test(a_blank_line_is_told_before_a_place),
		cmocka_unit_test(a_message_is_what_stands_up_to_the_next),
		cmocka_unit_test(a_read_that_fails_is_told),
		cmocka_unit_test(the_messages_of_the_part_are_reported),
		cmocka_unit_test(a_message_may_be_larger_than_a_piece),
		cmocka_unit_test(what_found_returns_ends_it),
		cmocka_unit_test(what_is_no_mailbox_is_told),
		cmocka_unit_test(a_file_that_ends_before_is_told),
		cmocka_unit_test(a_scan_whose_read_fails_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

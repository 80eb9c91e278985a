/* SPDX-License-Identifier: ISC */
#include "box.h"

#include "base/fileio.h"

static struct fileio real;

static void each_message_is_read_from_its_header_on(void **state)
{
	(void)state;
	scan_box(ALL F F F "\n" F);
	message_is(0, "Subject: one\n\nfirst\n");
	message_is(2, "Subject: three\n\nthird\n" F F F);
	message_is(1, "Subject: two\n\nsecond\n");
	message_is(3, "");
}

/* A header and a body that are larger than a window. */
static void large_messages_are_read_whole(void **state)
{
	const size_t size = 3 << 20;
	char *text = malloc(2 * size + 64), *p;
	size_t i;

	(void)state;
	assert_non_null(text);
	p = text + sprintf(text, "%s", F);
	for (i = 0; i < size / 16; i++)
		p += sprintf(p, "X-%08zu: 123\n", i);
	p += sprintf(p, "\n");
	for (i = 0; i < size / 16; i++)
		p += sprintf(p, "%015zu\n", i);
	scan_box(text);
	assert_int_equal(m.index.count, 1);
	message_is(0, text + sizeof(F) - 1);
	/* A change in the middle of the header is seen. */
	text[size / 2] ^= 1;
	deliver(text, 0);
	assert_int_equal(read_on(0, &(off_t){0}, &(struct mbox_window){0}),
	                 MBOX_CHANGED);
	free(text);
}

/* A message larger than the window, behind another one. */
static char *large_behind(const char *first)
{
	char *text = malloc(300000), *p;
	int i;

	assert_non_null(text);
	p = text + sprintf(text, "%s" F "Subject: large\n\n", first);
	for (i = 0; i < 12000; i++)
		p += sprintf(p, "a line of words %03d\n", i % 7);
	(void)sprintf(p, "\nthe end\n\n" F "Subject: last\n\nlast\n");
	return text;
}

/*
 * When the client has the first part of the message, the rest has moved, or
 * other mail is in its place.
 */
static void a_message_is_not_put_together_of_two(void **state)
{
	const char *const firsts[] = {
		F "Status: RO\nSubject: one\n\nfirst\n\n",
		F "Subject: ene\n\nfirst, and a line\nanother\n\n",
	};
	char *listed = large_behind(ONE), *now;
	struct mbox_window w;
	off_t at;
	size_t i;

	(void)state;
	scan_box(listed);
	for (i = 0; i < LENGTH(firsts); i++) {
		at = 0;
		assert_int_equal(read_on(1, &at, &w), MBOX_OK);
		assert_true(at < message(1).end);
		now = large_behind(firsts[i]);
		deliver(now, 0);
		free(now);
		assert_int_equal(read_on(1, &at, &w), MBOX_CHANGED);
		deliver(listed, O_TRUNC);
	}
	free(listed);
}

/* Mail arrives, and other messages are marked; this message stays. */
static void a_message_is_read_on_with_after_a_change_elsewhere(void **state)
{
	char *listed = large_behind(ONE), *now = large_behind(OWN);
	struct mbox_window w;
	off_t at = 0;
	size_t n = 0;

	(void)state;
	assert_int_equal(sizeof(OWN), sizeof(ONE));
	scan_box(listed);
	do {
		assert_int_equal(read_on(1, &at, &w), MBOX_OK);
		assert_memory_equal(w.buf, listed + message(1).text + n, w.n);
		n += w.n;
		deliver(now, 0);
		deliver("\n" ONE, O_APPEND);
	} while (w.n);
	assert_int_equal(message(1).text + (off_t)n, message(1).end);
	free(now);
	free(listed);
}

static void reading_leaves_the_access_time(void **state)
{
	const struct timespec old[] = {{1000, 1}, {2000, 2}};
	struct stat st;

	(void)state;
	deliver(ALL, 0);
	assert_int_equal(utimensat(dir, "box", old, 0), 0);
	assert_int_equal(open_box("box"), MBOX_OK);
	assert_int_equal(mbox_scan(&m, false), MBOX_OK);
	assert_int_equal(try_read(1), MBOX_OK);
	assert_int_equal(fstat(m.fd, &st), 0);
	assert_int_equal(st.st_atim.tv_sec, 1000);
	assert_int_equal(st.st_mtim.tv_sec, 2000);
}

static int locks;

static int counted_lock(int fd, struct flock *l)
{
	locks += l->l_type != F_UNLCK;
	return real.lock(fd, l);
}

static off_t octets_read;

static ssize_t counted_pread(int fd, void *buf, size_t n, off_t at)
{
	ssize_t got = real.pread(fd, buf, n, at);

	octets_read += got > 0 ? got : 0;
	return got;
}

/* As if nobody had written for three seconds. */
static int settled_fstat(int fd, struct stat *st)
{
	int r = real.fstat(fd, st);

	st->st_ctim.tv_sec -= 3;
	return r;
}

#define LONG_HEADER (3 << 20) /* octets */

/* first, and a message with a long header and a long body behind it. */
static char *long_behind(const char *first)
{
	char *text = malloc(2 * LONG_HEADER + 256);

	assert_non_null(text);
	(void)sprintf(text, "%s" F "X: %0*d\n\n%0*d\n", first, LONG_HEADER, 1,
	              LONG_HEADER, 2);
	return text;
}

/* Returns how often a RETR of that message reads its octets. */
static off_t readings(void)
{
	struct mbox_window w;
	off_t at = 0;

	octets_read = 0;
	do
		assert_int_equal(read_on(1, &at, &w), MBOX_OK);
	while (w.n);
	return octets_read / (message(1).end - message(1).start);
}

/* A stranger may send such mail to make us read it for each window. */
static void a_long_header_is_read_a_few_times_and_no_more(void **state)
{
	char *text = long_behind(ONE);

	(void)state;
	real = fileio;
	fileio.fstat = settled_fstat;
	scan_box(text);
	free(text);
	fileio.pread = counted_pread;
	m.network = true;
	assert_in_range(readings(), 1, 3);
	m.network = false;
	assert_in_range(readings(), 1, 2);
	fileio = real;
}

/* Times that never change, as on a file system with another clock. */
static int timeless_fstat(int fd, struct stat *st)
{
	int r = real.fstat(fd, st);

	st->st_mtim = st->st_ctim = (struct timespec){1700000000, 0};
	return r;
}

/* Reads on up to that place, or to a failure. */
static enum mbox_status read_to(off_t *at, off_t to)
{
	enum mbox_status status = MBOX_OK;
	struct mbox_window w = {.n = 1};

	while (status == MBOX_OK && *at < to && w.n > 0)
		status = read_on(1, at, &w);
	return status;
}

/* Reads up to a place, changes an octet of the header, and reads on. */
static off_t change_unseen(char *listed, off_t read, off_t change)
{
	off_t at = 0;

	assert_int_equal(read_to(&at, read), MBOX_OK);
	listed[change] ^= 1;
	deliver(listed, 0);
	assert_int_equal(read_to(&at, message(1).end), MBOX_CHANGED);
	listed[change] ^= 1;
	deliver(listed, 0);
	return at;
}

/*
 * A change in the middle is seen before the header's end is sent, and one at
 * either end of the header in the next window.
 */
static void a_long_header_that_changes_unseen_is_told(void **state)
{
	const off_t start = sizeof(ONE) - 1,
		    body = start + (off_t)strlen(F "X: \n\n") + LONG_HEADER,
		    middle = start + LONG_HEADER / 2, late = body + 300000;
	const struct {
		off_t read, change;
	} cases[] = {
		{1, start + 70},    {1, middle},          {1, body - 9},
		{middle, start},    {middle, start + 70}, {middle, middle - 9},
		{middle, middle},   {middle, body - 9},   {late, start},
		{late, start + 70}, {late, body - 9},
	};
	char *listed = long_behind(ONE);
	size_t i;
	off_t at;

	(void)state;
	scan_box(listed);
	assert_int_equal(message(1).body, body);
	m.network = true;
	real = fileio;
	fileio.fstat = timeless_fstat;
	for (i = 0; i < LENGTH(cases); i++) {
		at = change_unseen(listed, cases[i].read, cases[i].change);
		assert_in_range(at, cases[i].read,
		                cases[i].read > body ? late + (128 << 10)
		                                     : body - 1);
	}
	fileio = real;
	free(listed);
}

/* Another message is in its place. */
static void a_long_message_is_not_put_together_of_two(void **state)
{
	char *listed = long_behind(ONE), *now = long_behind(F "\n\n");
	const off_t to[] = {1, LONG_HEADER / 2, LONG_HEADER + 300000};
	struct mbox_window w;
	size_t i;
	off_t at;

	(void)state;
	memset(now + strlen(now), 'x', sizeof(ONE) - sizeof(F "\n\n"));
	scan_box(listed);
	m.network = true;
	real = fileio;
	fileio.fstat = timeless_fstat;
	for (i = 0; i < LENGTH(to); i++) {
		at = 0;
		assert_int_equal(read_to(&at, to[i]), MBOX_OK);
		deliver(now, 0);
		assert_int_equal(read_on(1, &at, &w), MBOX_CHANGED);
		deliver(listed, 0);
	}
	fileio = real;
	free(listed);
	free(now);
}

static void what_follows_is_read_at_once(void **state)
{
	(void)state;
	real = fileio;
	fileio.fstat = settled_fstat;
	scan_box(ALL);
	fileio.lock = counted_lock;
	locks = 0;
	assert_int_equal(try_read(0), MBOX_OK);
	assert_int_equal(try_read(1), MBOX_OK);
	assert_int_equal(try_read(2), MBOX_OK);
	assert_int_equal(try_read(0), MBOX_OK);
	fileio = real;
	assert_int_equal(locks, 1);
}

#define LARGE 20000 /* octets */

static void deliver_large(int n)
{
	static char text[LARGE + 1];

	memset(text, 'x', LARGE);
	memcpy(text, F "\n", sizeof(F));
	memcpy(text + LARGE - 2, "\n\n", 3);
	for (; n > 0; n--)
		deliver(text, O_APPEND);
}

/* Returns the octets read for a client that fetches n messages. */
static off_t cost(uint32_t step, uint32_t n)
{
	uint32_t i;

	octets_read = 0;
	for (i = 0; i < n; i++)
		assert_int_equal(try_read(i * step), MBOX_OK);
	return octets_read;
}

static void what_does_not_follow_is_not_read(void **state)
{
	(void)state;
	real = fileio;
	fileio.fstat = settled_fstat;
	deliver_large(30);
	assert_int_equal(open_box("box"), MBOX_OK);
	assert_int_equal(mbox_scan(&m, false), MBOX_OK);
	assert_int_equal(m.index.count, 30);
	fileio.pread = counted_pread;
	assert_in_range(cost(5, 6), 5 * LARGE, 6 * LARGE + 4096);
	assert_in_range(cost(1, 30), 29 * LARGE, 40 * LARGE);
	fileio = real;
}

static void what_was_read_is_not_given_after_a_change(void **state)
{
	(void)state;
	scan_box(ALL);
	assert_int_equal(try_read(0), MBOX_OK);
	change(LEADING ONE THREE TWO, 0);
	assert_int_equal(try_read(1), MBOX_CHANGED);
	assert_int_equal(try_read(0), MBOX_OK);
	change("\n" ONE, O_APPEND);
	assert_int_equal(try_read(0), MBOX_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOX_TEST(each_message_is_read_from_its_header_on),
		BOX_TEST(large_messages_are_read_whole),
		BOX_TEST(a_message_is_not_put_together_of_two),
		BOX_TEST(a_message_is_read_on_with_after_a_change_elsewhere),
		BOX_TEST(reading_leaves_the_access_time),
		BOX_TEST(a_long_header_is_read_a_few_times_and_no_more),
		BOX_TEST(a_long_header_that_changes_unseen_is_told),
		BOX_TEST(a_long_message_is_not_put_together_of_two),
		BOX_TEST(what_follows_is_read_at_once),
		BOX_TEST(what_does_not_follow_is_not_read),
		BOX_TEST(what_was_read_is_not_given_after_a_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

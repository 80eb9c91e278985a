/* SPDX-License-Identifier: ISC */
/* Wraps: renameat */
#include "support.h"

#include <errno.h>
#include <fcntl.h>

#include "adopt/adoptmerge.h"
#include "base/fileio.h"
#include "base/statefile.h"
#include "fails.h"

FAILS(renameat, int, (int from, const char *a, int to, const char *b),
      (from, a, to, b), -1)

#define A "2aaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "aaaaaaaaaaaaaaaaaaaaaaaaaa"
#define C "zzzzzzzzzzzzzzzzzzzzzzzzzz"

static char *path;
static int dir;
static struct adopted before;
static struct adoptmerge merged;

static int begin(void **state)
{
	(void)state;
	path = support_directory("/tmp");
	dir = statefile_directory(path);
	adopted_init(&before);
	merged.pairs = NULL;
	return dir < 0;
}

static int end(void **state)
{
	(void)state;
	adopted_free(&before);
	free(merged.pairs);
	(void)close(dir);
	support_remove(path);
	return 0;
}

static int merge(const char *lines)
{
	free(merged.pairs);
	return adoptmerge_make(&before, lines, strlen(lines), &merged);
}

/* Merges, writes, and reads what was written as a session does. */
static void adopt(const char *lines)
{
	assert_int_equal(merge(lines), 0);
	assert_int_equal(adoptmerge_write(&merged, "popa3d", dir, "box"), 0);
	adopted_free(&before);
	assert_int_equal(adopted_open(&before, dir, "box"), 0);
	assert_true(adopted_check(&before));
}

static void assert_holds(const char *lines)
{
	assert_int_equal(before.end - before.pairs, strlen(lines));
	assert_memory_equal(before.pairs, lines, strlen(lines));
}

static void pairs_are_sorted(void **state)
{
	(void)state;
	adopt(C "\tc\n" B "-2\tb2\n" A "\ta\n" B "-10\tb10\n" B "\tb\n");
	assert_int_equal(merged.added, 5);
	assert_int_equal(merged.kept, 0);
	assert_holds(A "\ta\n" B "\tb\n" B "-10\tb10\n" B "-2\tb2\n" C "\tc\n");
	assert_string_equal(before.format, "popa3d");
}

static void what_was_adopted_stays(void **state)
{
	(void)state;
	adopt(B "\tb\n");
	adopt(C "\tc\n" B "\tother\n" A "\ta\n");
	assert_int_equal(merged.added, 2);
	assert_int_equal(merged.kept, 1);
	assert_int_equal(merged.count, 3);
	assert_holds(A "\ta\n" B "\tb\n" C "\tc\n");
	assert_int_equal(merge(A "\tx\n" C "\tx\n"), 0);
	assert_int_equal(merged.added, 0);
	assert_int_equal(merged.kept, 2);
	assert_int_equal(merge(""), 0);
	assert_int_equal(merged.added, 0);
	assert_int_equal(merged.count, 3);
}

static void messages_may_share_an_old_id(void **state)
{
	(void)state;
	adopt(A "\tx\n" B "\tx\n");
	assert_int_equal(merged.added, 2);
}

static void what_no_child_of_ours_writes_is_refused(void **state)
{
	static const char *const wrong[] = {
		"\n",
		"x\ty\n",
		A "\ta",
		A "\ta\n" B "\tb",
		A "\ta\n\n",
		A "\ta\n" A "\ta\n", /* a message has one id */
		A "\ta\n" B "\tb\n" A "\tb\n",
		A "\t" B "\n", /* no old server gave it */
		A "\ta b\n",
		A "\t\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(wrong); i++) {
		errno = 0;
		assert_int_equal(merge(wrong[i]), -1);
		assert_int_equal(errno, EBADMSG);
		assert_null(merged.pairs);
	}
	assert_int_equal(adoptmerge_make(&before, A "\ta\0\n", 30, &merged),
	                 -1);
}

static int left_writes;

static int failing_fsync(int fd)
{
	(void)fd;
	errno = EIO;
	return -1;
}

static ssize_t failing_pwrite(int fd, const void *buf, size_t n, off_t at)
{
	if (left_writes-- > 0)
		return pwrite(fd, buf, n > 7 ? 7 : n, at);
	errno = ENOSPC;
	return -1;
}

static void assert_old_file_stands(int error)
{
	struct adopted now;

	assert_int_equal(merge(B "\tb\n"), 0);
	assert_int_equal(adoptmerge_write(&merged, "solid", dir, "box"), -1);
	assert_int_equal(errno, error);
	assert_int_equal(adopted_open(&now, dir, "box"), 0);
	assert_int_equal(now.count, 1);
	assert_string_equal(now.format, "popa3d");
	adopted_free(&now);
	assert_int_equal(faccessat(dir, "box.uidl.new", F_OK, 0), -1);
}

static void a_failure_leaves_the_old_file(void **state)
{
	const struct fileio saved = fileio;
	int i;

	(void)state;
	adopt(A "\ta\n");
	for (i = 0; i < 12; i++) {
		left_writes = i;
		fileio.pwrite = failing_pwrite;
		if (i < 11)
			assert_old_file_stands(ENOSPC);
		fileio = saved;
	}
	fileio.fsync = failing_fsync;
	assert_old_file_stands(EIO);
	fileio = saved;
	FAIL_NEXT(renameat, EXDEV);
	assert_old_file_stands(EXDEV);
}

static void a_file_that_a_kill_left_is_taken(void **state)
{
	int fd = openat(dir, "box.uidl.new", O_WRONLY | O_CREAT, 0600);

	(void)state;
	support_write(fd, C C C C C C C C, 8 * 26);
	assert_int_equal(close(fd), 0);
	adopt(A "\ta\n");
	assert_holds(A "\ta\n");
	assert_int_equal(faccessat(dir, "box.uidl.new", F_OK, 0), -1);
}

static void a_file_of_others_is_not_written(void **state)
{
	(void)state;
	assert_int_equal(merge(A "\ta\n"), 0);
	assert_int_equal(symlinkat("other", dir, "box.uidl.new"), 0);
	assert_int_equal(adoptmerge_write(&merged, "popa3d", dir, "box"), -1);
	assert_int_equal(faccessat(dir, "other", F_OK, 0), -1);
	assert_int_equal(faccessat(dir, "box.uidl", F_OK, 0), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pairs_are_sorted),
		TEST(what_was_adopted_stays),
		TEST(messages_may_share_an_old_id),
		TEST(what_no_child_of_ours_writes_is_refused),
		TEST(a_failure_leaves_the_old_file),
		TEST(a_file_that_a_kill_left_is_taken),
		TEST(a_file_of_others_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* Wraps: renameat */
#include "support.h"

#include <errno.h>

#include "admin/prune.h"
#include "base/fileio.h"
#include "base/filetime.h"
#include "base/statefile.h"
#include "config/options.h"
#include "fails.h"
#include "state.h"
#include "update/keptfile.h"

FAILS(renameat, int, (int a, const char *b, int c, const char *d), (a, b, c, d),
      -1)

#define TEXT "From a@b Thu Jan  2 03:04:05 2020\nSubject: one\n\nfirst\n"
#define DAY  86400

static char *path;
static int dir;
static struct options options;
static struct fileio calls;

static int begin(void **state)
{
	(void)state;
	path = support_directory("/tmp");
	dir = statefile_directory(path);
	options.state_dir = path;
	options.keep_deleted = 7;
	calls = fileio;
	return dir < 0;
}

static int finish(void **state)
{
	(void)state;
	fileio = calls;
	(void)close(dir);
	support_remove(path);
	return 0;
}

static int open_copies(const char *name)
{
	struct stat st;
	int fd = statefile_open(dir, name, &st);

	assert_true(fd >= 0);
	return fd;
}

/* Makes a file of copies that are so many days old; they end with -1. */
static void make(const char *name, const int *days)
{
	const int from = support_file(TEXT, sizeof(TEXT) - 1);
	struct keptfile_source source = {from, {0, sizeof(TEXT) - 1}, 0, "id"};
	off_t end = KEPTFILE_FIRST;
	int fd = open_copies(name);

	assert_int_equal(ftruncate(fd, 0), 0);
	for (; *days >= 0; days++) {
		source.time = filetime_now() / 1000000000 - *days * DAY - 9;
		assert_int_equal(keptfile_append(fd, &source, &end), 0);
	}
	assert_int_equal(keptfile_set_end(fd, end), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(close(from), 0);
}

static bool exists(const char *name)
{
	return faccessat(dir, name, F_OK, 0) == 0;
}

/* Returns how many whole copies there are, and that they are all. */
static int count(const char *name)
{
	struct keptfile_copy c = {.message.end = KEPTFILE_FIRST};
	struct stat st;
	int fd, n = 0;

	if (!exists(name))
		return -1;
	fd = open_copies(name);
	assert_int_equal(fstat(fd, &st), 0);
	while (keptfile_next(fd, st.st_size, c.message.end, &c) == 1) {
		assert_int_equal(keptfile_is_whole(fd, &c), 1);
		n++;
	}
	assert_int_equal(c.message.end, st.st_size);
	assert_int_equal(keptfile_synced(fd, st.st_size), st.st_size);
	assert_int_equal(close(fd), 0);
	return n;
}

/* Prunes; what it prints is not for the test's own output. */
static int prune(void)
{
	const int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
	const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int result;

	(void)fflush(stdout);
	assert_int_equal(dup2(null, STDOUT_FILENO), STDOUT_FILENO);
	assert_int_equal(dup2(null, STDERR_FILENO), STDERR_FILENO);
	result = prune_run(&options, NULL);
	(void)fflush(stdout);
	assert_int_equal(dup2(out, STDOUT_FILENO), STDOUT_FILENO);
	assert_int_equal(dup2(err, STDERR_FILENO), STDERR_FILENO);
	(void)close(out);
	(void)close(err);
	(void)close(null);
	return result;
}

static void old_copies_go(void **state)
{
	static const int days[] = {20, 9, 7, 6, 0, -1};

	(void)state;
	make("a.deleted", days);
	make("b.deleted", days + 3);
	make("c.deleted", (const int[]){8, 9, -1});
	assert_int_equal(prune(), 0);
	assert_int_equal(count("a.deleted"), 2);
	assert_int_equal(count("b.deleted"), 2);
	assert_false(exists("c.deleted"));
	assert_false(exists("a.deleted.new"));
}

static void without_days_none_goes(void **state)
{
	(void)state;
	make("a.deleted", (const int[]){2000, -1});
	options.keep_deleted = 0;
	assert_int_equal(prune(), 0);
	assert_int_equal(count("a.deleted"), 1);
}

static void a_mailbox_in_use_is_left(void **state)
{
	struct journal j;

	(void)state;
	make("a.deleted", (const int[]){20, -1});
	assert_int_equal(open_journal(&j, path, "a", 0), 0);
	assert_int_equal(prune(), 0);
	assert_int_equal(count("a.deleted"), 1);
	journal_close(&j);
	assert_int_equal(prune(), 0);
	assert_false(exists("a.deleted"));
}

static void change(const char *name, off_t at, char octet)
{
	int fd = open_copies(name);

	assert_int_equal(pwrite(fd, &octet, 1, at), 1);
	assert_int_equal(close(fd), 0);
}

static off_t size_of(const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(dir, name, &st, 0), 0);
	return st.st_size;
}

static void a_damaged_file_is_left(void **state)
{
	(void)state;
	make("a.deleted", (const int[]){20, 19, -1});
	change("a.deleted", KEPTFILE_FIRST, 'x');
	make("b.deleted", (const int[]){20, -1});
	assert_int_equal(prune(), 1);
	assert_true(exists("a.deleted"));
	assert_false(exists("b.deleted"));
}

static void a_damaged_copy_goes(void **state)
{
	(void)state;
	make("a.deleted", (const int[]){20, 1, 1, -1});
	change("a.deleted", size_of("a.deleted") - 3, 'x');
	assert_int_equal(prune(), 0);
	assert_int_equal(count("a.deleted"), 1);
}

static void a_torn_end_goes(void **state)
{
	int fd;

	(void)state;
	make("a.deleted", (const int[]){20, 1, -1});
	fd = open_copies("a.deleted");
	assert_true(pwrite(fd, "deleted 1", 9, lseek(fd, 0, SEEK_END)) == 9);
	assert_int_equal(close(fd), 0);
	assert_int_equal(prune(), 0);
	assert_int_equal(count("a.deleted"), 1);
}

static void what_another_prune_left_goes(void **state)
{
	(void)state;
	make("a.deleted", (const int[]){1, -1});
	make("a.deleted.new", (const int[]){1, 2, 3, -1});
	assert_int_equal(prune(), 0);
	assert_int_equal(count("a.deleted"), 1);
	assert_false(exists("a.deleted.new"));
}

static void other_files_stay(void **state)
{
	static const char *const names[] = {".deleted", "a.deleted.x", "x"};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(names); i++)
		make(names[i], (const int[]){20, -1});
	assert_int_equal(symlinkat("x", dir, "l.deleted"), 0);
	assert_int_equal(prune(), 1);
	for (i = 0; i < LENGTH(names); i++)
		assert_int_equal(count(names[i]), 1);
}

static void a_directory_that_is_missing_is_said(void **state)
{
	(void)state;
	options.state_dir = "/nonexistent";
	assert_int_equal(prune(), 78);
}

/* The call that fails, counted down; or kills the process. */
static int left;
static bool kills;

static bool fails(void)
{
	if (--left != 0)
		return false;
	if (kills)
		_exit(9);
	errno = EIO;
	return true;
}

static ssize_t try_pread(int fd, void *buf, size_t n, off_t at)
{
	return fails() ? -1 : calls.pread(fd, buf, n, at);
}

static ssize_t try_pwrite(int fd, const void *buf, size_t n, off_t at)
{
	return fails() ? -1 : calls.pwrite(fd, buf, n, at);
}

static int try_fsync(int fd)
{
	return fails() ? -1 : calls.fsync(fd);
}

static int try_ftruncate(int fd, off_t size)
{
	return fails() ? -1 : calls.ftruncate(fd, size);
}

static void set_calls(void)
{
	fileio.pread = try_pread;
	fileio.pwrite = try_pwrite;
	fileio.fsync = try_fsync;
	fileio.ftruncate = try_ftruncate;
}

/* Whatever fails, what is not old is there, and the next time goes on. */
static void a_call_that_fails_loses_nothing(void **state)
{
	int n, now;

	(void)state;
	for (n = 1; n < 60; n++) {
		make("a.deleted", (const int[]){20, 1, 0, -1});
		left = n;
		set_calls();
		(void)prune();
		fileio = calls;
		now = count("a.deleted");
		assert_true(now == 3 || now == 2);
		assert_int_equal(prune(), 0);
		assert_int_equal(count("a.deleted"), 2);
		assert_false(exists("a.deleted.new"));
	}
	assert_true(left > 0);
}

static void a_kill_loses_nothing(void **state)
{
	int n, now, status;
	pid_t child;

	(void)state;
	kills = true;
	for (n = 1; n < 60; n++) {
		make("a.deleted", (const int[]){20, 1, 0, -1});
		child = fork();
		if (child == 0) {
			left = n;
			set_calls();
			_exit(prune());
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 0 ||
		                                  WEXITSTATUS(status) == 9));
		now = count("a.deleted");
		assert_true(now == 3 || now == 2);
		assert_int_equal(prune(), 0);
		assert_int_equal(count("a.deleted"), 2);
		assert_false(exists("a.deleted.new"));
	}
	kills = false;
}

static void a_file_that_cannot_be_replaced_stays(void **state)
{
	(void)state;
	make("a.deleted", (const int[]){20, 1, -1});
	FAIL_NEXT(renameat, EROFS);
	assert_int_equal(prune(), 1);
	assert_int_equal(count("a.deleted"), 2);
	assert_false(exists("a.deleted.new"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(old_copies_go),
		TEST(without_days_none_goes),
		TEST(a_mailbox_in_use_is_left),
		TEST(a_damaged_file_is_left),
		TEST(a_damaged_copy_goes),
		TEST(a_torn_end_goes),
		TEST(what_another_prune_left_goes),
		TEST(other_files_stay),
		TEST(a_directory_that_is_missing_is_said),
		TEST(a_call_that_fails_loses_nothing),
		TEST(a_kill_loses_nothing),
		TEST(a_file_that_cannot_be_replaced_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>
#include <sys/vfs.h>

#include "base/fileio.h"
#include "base/statefile.h"
#include "update/kept.h"
#include "update/keptfile.h"

#define ONE  "From a@b Thu Jan  2 03:04:05 2020\nSubject: one\n\nfirst\n\n"
#define TWO  "From a@b Thu Jan  2 03:04:05 2020\nSubject: two\n\nsecond\n\n"
#define MOST ((off_t)1 << 20)

static const struct range first = {0, sizeof(ONE) - 2};
static const struct range second = {sizeof(ONE) - 1, sizeof(ONE TWO) - 2};

static char *dir;
static int state_dir, mailbox;
static struct fileio calls;
static struct kept k;

static int begin(void **state)
{
	(void)state;
	dir = support_directory("/tmp");
	state_dir = statefile_directory(dir);
	mailbox = support_file(ONE TWO, sizeof(ONE TWO) - 1);
	calls = fileio;
	kept_init(&k);
	return state_dir < 0;
}

static int finish(void **state)
{
	(void)state;
	fileio = calls;
	kept_close(&k);
	(void)close(mailbox);
	(void)close(state_dir);
	support_remove(dir);
	return 0;
}

static off_t size_now(void)
{
	struct stat st;

	assert_int_equal(fstatat(state_dir, "box.deleted", &st, 0), 0);
	return st.st_size;
}

/* Keeps both messages. */
static void keep_both(void)
{
	kept_begin(&k);
	kept_add(&k, mailbox, &first, "id-1");
	kept_add(&k, mailbox, &second, "id-2");
	kept_end(&k);
}

/* Has the file these copies, and no more? */
static void has_copies(const char *ids)
{
	struct keptfile_copy c = {.message.end = KEPTFILE_FIRST};
	char found[256] = "";
	off_t size = size_now();

	while (keptfile_next(k.fd, size, c.message.end, &c) == 1) {
		assert_int_equal(keptfile_is_whole(k.fd, &c), 1);
		(void)strcat(strcat(found, c.id), " ");
	}
	assert_string_equal(found, ids);
	assert_int_equal(c.message.end, size);
}

static void is_kept(uint32_t copied, uint32_t missed, const char *problem)
{
	assert_int_equal(k.copied, copied);
	assert_int_equal(k.missed, missed);
	if (problem)
		assert_string_equal(k.problem, problem);
	else
		assert_null(k.problem);
}

static void nothing_is_kept_unless_opened(void **state)
{
	(void)state;
	assert_false(k.on);
	assert_int_equal(k.fd, -1);
}

static void messages_are_copied_and_the_end_is_noted(void **state)
{
	char line[KEPTFILE_FIRST + 1] = "", want[64];

	(void)state;
	kept_open(&k, state_dir, "box", MOST);
	assert_true(k.on);
	keep_both();
	is_kept(2, 0, NULL);
	has_copies("id-1 id-2 ");
	keep_both();
	has_copies("id-1 id-2 id-1 id-2 ");
	(void)snprintf(want, sizeof(want), "onepop-deleted 1 %020jd ",
	               (intmax_t)size_now());
	assert_int_equal(pread(k.fd, line, KEPTFILE_FIRST, 0), KEPTFILE_FIRST);
	assert_memory_equal(line, want, strlen(want));
}

static void the_file_is_private(void **state)
{
	struct stat st;

	(void)state;
	kept_open(&k, state_dir, "box", MOST);
	assert_int_equal(fstat(k.fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_uid, geteuid());
}

static void what_is_torn_is_cut_off(void **state)
{
	off_t whole;

	(void)state;
	kept_open(&k, state_dir, "box", MOST);
	keep_both();
	whole = size_now();
	assert_int_equal(pwrite(k.fd, "deleted 1 99", 12, whole), 12);
	keep_both();
	is_kept(2, 0, NULL);
	has_copies("id-1 id-2 id-1 id-2 ");
	assert_int_equal(ftruncate(k.fd, size_now() - 1), 0);
	assert_int_equal(keptfile_set_end(k.fd, whole), 0);
	kept_begin(&k);
	has_copies("id-1 id-2 id-1 ");
}

static void a_full_file_takes_what_fits(void **state)
{
	(void)state;
	kept_open(&k, state_dir, "box", KEPTFILE_FIRST + 180);
	keep_both();
	is_kept(1, 1, "the file is full");
	has_copies("id-1 ");
	keep_both();
	is_kept(0, 2, "the file is full");
	has_copies("id-1 ");
}

static long blocks, freed, available;

static int report_disk(int fd, struct statfs *fs)
{
	(void)fd;
	memset(fs, 0, sizeof(*fs));
	fs->f_bsize = 100;
	fs->f_blocks = (fsblkcnt_t)blocks;
	fs->f_bfree = (fsblkcnt_t)freed;
	fs->f_bavail = (fsblkcnt_t)available;
	return 0;
}

static void a_tenth_of_the_disk_stays_free(void **state)
{
	static const struct {
		long blocks, freed, available;
		bool room;
	} disks[] = {
		{1000, 500, 500, true},  {1000, 104, 104, true},
		{1000, 101, 101, false}, {1000, 100, 100, false},
		{1000, 0, 0, false},     {1000, 500, 50, false}, /* for root */
		{0, 0, 0, true}, /* without a size */
	};
	size_t i;

	(void)state;
	kept_open(&k, state_dir, "box", MOST);
	fileio.fstatfs = report_disk;
	for (i = 0; i < LENGTH(disks); i++) {
		blocks = disks[i].blocks;
		freed = disks[i].freed;
		available = disks[i].available;
		keep_both();
		if (disks[i].room)
			is_kept(2, 0, NULL);
		else
			assert_string_equal(
				k.problem,
				"the disk of the state is 90 % full");
	}
}

static int fail_sync(int fd)
{
	(void)fd;
	errno = EIO;
	return -1;
}

static void without_a_sync_there_are_no_copies(void **state)
{
	(void)state;
	kept_open(&k, state_dir, "box", MOST);
	keep_both();
	fileio.fdatasync = fail_sync;
	keep_both();
	is_kept(0, 2, "Input/output error");
	fileio.fdatasync = calls.fdatasync;
	has_copies("id-1 id-2 ");
}

static int writes;

/* The disk becomes full at the second message. */
static ssize_t write_some(int fd, const void *buf, size_t n, off_t at)
{
	if (++writes <= 2)
		return pwrite(fd, buf, n, at);
	errno = ENOSPC;
	return -1;
}

static void a_disk_that_becomes_full_keeps_what_it_has(void **state)
{
	(void)state;
	kept_open(&k, state_dir, "box", MOST);
	writes = 0;
	fileio.pwrite = write_some;
	keep_both();
	is_kept(1, 1, "No space left on device");
	has_copies("id-1 ");
}

static int fail_fstat(int fd, struct stat *st)
{
	(void)fd;
	(void)st;
	errno = EIO;
	return -1;
}

static int fail_fstatfs(int fd, struct statfs *fs)
{
	(void)fd;
	(void)fs;
	errno = ENOSYS;
	return -1;
}

static ssize_t fail_pread(int fd, void *buf, size_t n, off_t at)
{
	(void)fd;
	(void)buf;
	(void)n;
	(void)at;
	errno = EIO;
	return -1;
}

static void a_call_that_fails_leaves_no_copy(void **state)
{
	(void)state;
	kept_open(&k, state_dir, "box", MOST);
	fileio.fstat = fail_fstat;
	keep_both();
	is_kept(0, 2, "Input/output error");
	fileio.fstat = calls.fstat;
	fileio.pread = fail_pread;
	keep_both();
	is_kept(0, 2, "Input/output error");
	fileio.pread = calls.pread;
	fileio.fstatfs = fail_fstatfs;
	keep_both();
	is_kept(0, 2, "Function not implemented");
}

static void a_file_of_another_kind_is_not_used(void **state)
{
	(void)state;
	assert_int_equal(symlinkat("elsewhere", state_dir, "box.deleted"), 0);
	kept_open(&k, state_dir, "box", MOST);
	assert_true(k.on);
	keep_both();
	is_kept(0, 2, "Too many levels of symbolic links");
}

static void a_directory_that_cannot_be_synced_is_said(void **state)
{
	(void)state;
	fileio.fsync = fail_sync;
	kept_open(&k, state_dir, "box", MOST);
	keep_both();
	is_kept(0, 2, "Input/output error");
	fileio.fsync = calls.fsync;
	kept_open(&k, state_dir, "box", MOST);
	keep_both();
	is_kept(2, 0, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_kept_unless_opened),
		TEST(messages_are_copied_and_the_end_is_noted),
		TEST(the_file_is_private),
		TEST(what_is_torn_is_cut_off),
		TEST(a_full_file_takes_what_fits),
		TEST(a_tenth_of_the_disk_stays_free),
		TEST(without_a_sync_there_are_no_copies),
		TEST(a_disk_that_becomes_full_keeps_what_it_has),
		TEST(a_call_that_fails_leaves_no_copy),
		TEST(a_file_of_another_kind_is_not_used),
		TEST(a_directory_that_cannot_be_synced_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

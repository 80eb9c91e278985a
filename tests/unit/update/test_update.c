/* SPDX-License-Identifier: ISC */
/* Wraps: getrandom malloc posix_memalign */
#include "support.h"

#include <errno.h>
#include <linux/falloc.h>
#include <linux/fiemap.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/vfs.h>

#include "base/digest.h"
#include "base/fileio.h"
#include "fails.h"
#include "state.h"
#include "update/recovery.h"
#include "update/space.h"
#include "update/update.h"

FAILS(getrandom, ssize_t, (void *buf, size_t n, unsigned int flags),
      (buf, n, flags), -1)
FAILS(malloc, void *, (size_t n), (n), NULL)
FAILS(posix_memalign, int, (void **ret, size_t alignment, size_t n),
      (ret, alignment, n), ENOMEM)

/* A message is longer than the marker that is written behind the last. */
#define UNIT 40
#define SIZE (100L * UNIT)

static char text[SIZE];
static char *dir;
static struct journal journal;

/* What is removed, in units until begin() has multiplied them. */
static struct {
	size_t n;
	struct range gone[4];
} removals[] = {
	{1, {{0, 10}}},                              /* the first */
	{1, {{90, 100}}},                            /* the last */
	{1, {{40, 60}}},                             /* one between others */
	{1, {{0, 100}}},                             /* all */
	{1, {{1, 99}}},                              /* all but two octets */
	{1, {{0, 99}}},                              /* all but the last */
	{1, {{1, 100}}},                             /* all but the first */
	{2, {{0, 10}, {90, 100}}},                   /* first and last */
	{3, {{0, 20}, {40, 60}, {80, 100}}},         /* each second */
	{3, {{20, 40}, {60, 80}, {99, 100}}},        /* the others */
	{2, {{10, 11}, {12, 13}}},                   /* next to each other */
	{4, {{0, 1}, {50, 51}, {52, 53}, {98, 99}}}, /* small ones */
};

static void multiply(struct range *r, size_t n)
{
	for (; n > 0; n--, r++) {
		r->start *= UNIT;
		r->end *= UNIT;
	}
}

static void begin_session(void)
{
	assert_int_equal(open_journal(&journal, dir, "box", 0), 0);
}

static int begin(void **state)
{
	size_t i;

	(void)state;
	dir = support_directory("/tmp");
	begin_session();
	for (i = 0; i < LENGTH(removals); i++)
		multiply(removals[i].gone, removals[i].n);
	for (i = 0; i < SIZE; i++)
		text[i] = (char)('!' + i % 90);
	return 0;
}

static int end(void **state)
{
	(void)state;
	journal_close(&journal);
	support_remove(dir);
	return 0;
}

/* Makes the text without the ranges. */
static size_t without(const char *from, size_t size, const struct range *gone,
                      size_t n, char *out)
{
	size_t i, k = 0, r = 0;

	for (i = 0; i < size; i++) {
		while (r < n && (off_t)i >= gone[r].end)
			r++;
		if (r == n || (off_t)i < gone[r].start)
			out[k++] = from[i];
	}
	return k;
}

static void each_removal_leaves_the_rest(void **state)
{
	char want[SIZE];
	size_t i, n;
	int fd;

	(void)state;
	for (i = 0; i < LENGTH(removals); i++) {
		fd = support_file(text, SIZE);
		assert_int_equal(update_remove(&journal, fd, removals[i].gone,
		                               removals[i].n, SIZE),
		                 0);
		n = without(text, SIZE, removals[i].gone, removals[i].n, want);
		support_holds(fd, want, n);
		assert_int_equal(close(fd), 0);
	}
}

/* Makes ranges, ascending, apart and not empty. */
static size_t compose(uint64_t *seed, size_t size, struct range *gone,
                      size_t most)
{
	size_t n = 0, at = support_below(seed, 3);

	while (n < most && at < size) {
		gone[n].start = (off_t)at;
		at += 1 + support_below(seed, size / 4 + 1);
		at = at < size ? at : size;
		gone[n++].end = (off_t)at;
		at += 1 + support_below(seed, size / 4 + 1);
	}
	return n;
}

static void any_removal_leaves_the_rest(void **state)
{
	uint64_t seed = 1730;
	struct range gone[16];
	char want[SIZE];
	size_t i, n;
	int fd;

	(void)state;
	for (i = 0; i < 500; i++) {
		n = compose(&seed, SIZE / UNIT, gone, LENGTH(gone));
		multiply(gone, n);
		fd = support_file(text, SIZE);
		assert_int_equal(update_remove(&journal, fd, gone, n, SIZE), 0);
		n = without(text, SIZE, gone, n, want);
		support_holds(fd, want, n);
		assert_int_equal(close(fd), 0);
	}
}

/* A few octets are left behind a few that go, and the marker must fit. */
static void small_gaps_and_small_rests_get_there(void **state)
{
	struct range gone = {0, RECORD_NONCE};
	off_t size;
	int fd;

	(void)state;
	for (; gone.end <= 3 * RECORD_NONCE; gone.end++) {
		for (size = gone.end + 1; size <= 5 * RECORD_NONCE; size++) {
			fd = support_file(text, (size_t)size);
			assert_int_equal(
				update_remove(&journal, fd, &gone, 1, size), 0);
			support_holds(fd, text + gone.end,
			              (size_t)(size - gone.end));
			assert_int_equal(close(fd), 0);
		}
	}
}

/* More octets than are moved at once, and moved by more and by less. */
static void large_parts_move_whole(void **state)
{
	const size_t size = 5 << 20;
	const struct range gone[] = {
		{10, 30}, {1 << 20, (1 << 20) + 70}, {2 << 20, 4 << 20}};
	char *big = malloc(size), *want = malloc(size);
	uint64_t seed = 5;
	size_t i, n, k;
	int fd;

	(void)state;
	assert_true(big && want);
	for (i = 0; i < size; i++)
		big[i] = (char)support_random(&seed);
	for (n = 1; n <= LENGTH(gone); n++) {
		fd = support_file(big, size);
		assert_int_equal(
			update_remove(&journal, fd, gone, n, (off_t)size), 0);
		k = without(big, size, gone, n, want);
		support_holds(fd, want, k);
		assert_int_equal(close(fd), 0);
	}
	free(big);
	free(want);
}

/* The number of the call that fails, or does less; 0: none. */
static int fail_at, call;
static const int error = EIO;

static int fails(void)
{
	if (++call != fail_at)
		return 0;
	errno = error;
	return 1;
}

static ssize_t faulty_pread(int fd, void *buf, size_t n, off_t at)
{
	return fails() ? -1 : pread(fd, buf, n, at);
}

static ssize_t faulty_pwrite(int fd, const void *buf, size_t n, off_t at)
{
	return fails() ? -1 : pwrite(fd, buf, n, at);
}

static int faulty_fdatasync(int fd)
{
	return fails() ? -1 : fdatasync(fd);
}

static int faulty_fsync(int fd)
{
	return fails() ? -1 : fsync(fd);
}

static int faulty_ftruncate(int fd, off_t size)
{
	return fails() ? -1 : ftruncate(fd, size);
}

static int faulty_fallocate(int fd, int mode, off_t at, off_t n)
{
	return fails() ? -1 : fallocate(fd, mode, at, n);
}

static int faulty_fstatfs(int fd, struct statfs *fs)
{
	return fails() ? -1 : fstatfs(fd, fs);
}

static int faulty_fstat(int fd, struct stat *st)
{
	return fails() ? -1 : fstat(fd, st);
}

/* A file system that does not say where blocks are. */
static int no_fiemap(int fd, struct fiemap *map)
{
	(void)fd;
	(void)map;
	errno = EOPNOTSUPP;
	return -1;
}

static const struct fileio faulty = {
	.pread = faulty_pread,
	.pwrite = faulty_pwrite,
	.fdatasync = faulty_fdatasync,
	.fsync = faulty_fsync,
	.ftruncate = faulty_ftruncate,
	.fallocate = faulty_fallocate,
	.fstat = faulty_fstat,
	.fiemap = no_fiemap,
	.fstatfs = faulty_fstatfs,
};

/* The session dies, and the next one finishes what it began. */
static void recover(int fd)
{
	enum recovery done;

	journal_close(&journal);
	begin_session();
	done = recovery_run(&journal, fd);
	assert_true(done == RECOVERY_NOTHING || done == RECOVERY_DONE);
	assert_int_equal(recovery_run(&journal, fd), RECOVERY_NOTHING);
}

static const char arrived[] = "From a@b Thu Jan  2 03:04:05 2020\n\n";

/* Checks that it is done or not done, with all mail that arrived. */
static void is_whole(int fd, const char *want, size_t n, size_t more)
{
	char whole[SIZE + sizeof(arrived)];
	struct stat st;

	recover(fd);
	assert_int_equal(fstat(fd, &st), 0);
	if (st.st_size == SIZE + (off_t)more) {
		want = text;
		n = SIZE;
	}
	memcpy(whole, want, n);
	memcpy(whole + n, arrived, more);
	support_holds(fd, whole, n + more);
}

/*
 * Fails the call of that number, delivers so many octets, and recovers.
 * Returns false if there were fewer calls.
 */
static bool remove_with_fault(size_t i, int number, size_t more)
{
	const struct range *gone = removals[i].gone;
	struct fileio saved = fileio;
	int fd = support_file(text, SIZE), r;
	char want[SIZE];
	size_t n;

	n = without(text, SIZE, gone, removals[i].n, want);
	fail_at = number;
	call = 0;
	fileio = faulty;
	errno = 0;
	r = update_remove(&journal, fd, gone, removals[i].n, SIZE);
	if (r < 0)
		assert_int_equal(errno, error);
	fileio = saved;
	if (r == 0) {
		support_holds(fd, want, n);
	} else {
		assert_true(lseek(fd, 0, SEEK_END) >= 0);
		support_write(fd, arrived, more);
		is_whole(fd, want, n, more);
	}
	assert_int_equal(close(fd), 0);
	return call >= number;
}

static void a_call_that_fails_leaves_all_or_nothing_done(void **state)
{
	size_t i, more;
	int number;

	(void)state;
	for (i = 0; i < 2 * LENGTH(removals); i++) {
		more = i % 2 ? sizeof(arrived) - 1 : 0;
		number = 1;
		while (remove_with_fault(i / 2, number, more))
			number++;
		assert_true(number > 2); /* a change and a sync */
	}
}

static ssize_t no_pread(int fd, void *buf, size_t n, off_t at)
{
	(void)fd;
	(void)buf;
	(void)n;
	(void)at;
	return 0;
}

static void a_file_cut_meanwhile_is_told(void **state)
{
	struct fileio saved = fileio;
	int fd = support_file(text, SIZE);

	(void)state;
	fileio.pread = no_pread;
	assert_int_equal(update_remove(&journal, fd, removals[0].gone, 1, SIZE),
	                 -1);
	fileio = saved;
	assert_int_equal(close(fd), 0);
}

static ssize_t one_pread(int fd, void *buf, size_t n, off_t at)
{
	return pread(fd, buf, n ? 1 : 0, at);
}

static ssize_t one_pwrite(int fd, const void *buf, size_t n, off_t at)
{
	return pwrite(fd, buf, n ? 1 : 0, at);
}

static void calls_that_do_little_get_there(void **state)
{
	struct fileio saved = fileio;
	int fd = support_file(text, SIZE);
	char want[SIZE];
	size_t n;

	(void)state;
	fileio.pread = one_pread;
	fileio.pwrite = one_pwrite;
	assert_int_equal(update_remove(&journal, fd, removals[8].gone, 3, SIZE),
	                 0);
	fileio = saved;
	n = without(text, SIZE, removals[8].gone, 3, want);
	support_holds(fd, want, n);
	assert_int_equal(close(fd), 0);
}

/* Under a limit on file sizes a mailbox of n octets is not touched. */
static void limited(size_t n, off_t most)
{
	const struct range gone = {10, 90};
	struct rlimit limit;
	int fd = support_file(text, n);
	pid_t pid;

	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)signal(SIGXFSZ, SIG_IGN);
		limit.rlim_cur = limit.rlim_max = (rlim_t)most;
		(void)setrlimit(RLIMIT_FSIZE, &limit);
		_exit(update_remove(&journal, fd, &gone, 1, (off_t)n) == -1 &&
		                      errno == EFBIG
		              ? 0
		              : 1);
	}
	support_reap(pid, 0);
	support_holds(fd, text, n);
	assert_int_equal(close(fd), 0);
}

/* A write that the limit cuts would tear the mailbox. */
static void a_mailbox_past_the_size_limit_is_not_touched(void **state)
{
	(void)state;
	limited(SIZE, SIZE / 2);
	/* Only one of the two slots of the journal could be written. */
	assert_int_equal(record_prepare(&journal), 0);
	limited(1000, 2000);
	limited(1000, 2 * JOURNAL_SLOT - 1);
}

/* One window that is larger than any that is copied to the journal. */
static void a_large_window_in_a_gap_is_finished(void **state)
{
	const size_t size = 100 << 20, half = 60 << 20;
	const struct range gone = {0, (off_t)half};
	char *big = calloc(size, 1);
	struct fileio saved = fileio;
	int fd;

	(void)state;
	assert_non_null(big);
	memset(big + half, 'k', size - half);
	fd = support_file(big, size);
	fail_at = 700;
	call = 0;
	fileio = faulty;
	assert_int_equal(update_remove(&journal, fd, &gone, 1, (off_t)size),
	                 -1);
	fileio = saved;
	assert_true(call >= fail_at);
	recover(fd);
	support_holds(fd, big + half, size - half);
	assert_int_equal(close(fd), 0);
	free(big);
}

/* A session dies when its first window has moved, before the sync. */
static int interrupt(void)
{
	const struct range gone = {0, 10L * UNIT};
	struct fileio saved = fileio;
	int fd = support_file(text, SIZE);

	fileio.fdatasync = faulty_fdatasync;
	fail_at = 3;
	call = 0;
	assert_int_equal(update_remove(&journal, fd, &gone, 1, SIZE), -1);
	fileio = saved;
	assert_false(record_idle(&journal));
	return fd;
}

static void append(int fd, const char *what)
{
	assert_true(lseek(fd, 0, SEEK_END) >= 0);
	support_write(fd, what, strlen(what));
}

/* No deliverer appended these octets, so it is another mailbox. */
static void what_came_must_begin_with_a_message(void **state)
{
	static const struct {
		const char *what;
		enum recovery result;
	} rows[] = {
		{"text", RECOVERY_FOREIGN},    {"From", RECOVERY_FOREIGN},
		{"Fromage", RECOVERY_FOREIGN}, {"\nFrom a@b\n", RECOVERY_DONE},
		{"From a@b\n", RECOVERY_DONE},
	};
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		fd = interrupt();
		append(fd, rows[i].what);
		assert_int_equal(recovery_run(&journal, fd), rows[i].result);
		record_clear(&journal);
		assert_int_equal(close(fd), 0);
	}
}

static void fail_getrandom(void)
{
	FAIL_NEXT(getrandom, ENOSYS);
}

static void fail_malloc(void)
{
	FAIL_NEXT(malloc, ENOMEM);
}

static void fail_posix_memalign(void)
{
	FAIL_NEXT(posix_memalign, ENOMEM);
}

static void without_random_numbers_nothing_is_done(void **state)
{
	int fd = support_file(text, SIZE);

	(void)state;
	fail_getrandom();
	assert_int_equal(update_remove(&journal, fd, removals[0].gone, 1, SIZE),
	                 -1);
	support_holds(fd, text, SIZE);
	assert_int_equal(close(fd), 0);
}

static void
without_random_numbers_or_memory_recovery_is_tried_again(void **state)
{
	static void (*const ways[])(void) = {fail_getrandom, fail_malloc,
	                                     fail_posix_memalign};
	char want[SIZE + sizeof(arrived)];
	size_t i, n;
	int fd;

	(void)state;
	n = without(text, SIZE, removals[0].gone, 1, want);
	memcpy(want + n, arrived, sizeof(arrived) - 1);
	for (i = 0; i < LENGTH(ways); i++) {
		fd = interrupt();
		append(fd, arrived);
		ways[i]();
		assert_int_equal(recovery_run(&journal, fd), RECOVERY_ERROR);
		assert_int_equal(recovery_run(&journal, fd), RECOVERY_DONE);
		support_holds(fd, want, n + sizeof(arrived) - 1);
		assert_int_equal(close(fd), 0);
	}
}

static int no_cut(int fd, off_t size)
{
	(void)fd;
	(void)size;
	errno = EIO;
	return -1;
}

/* All has moved, and mail has arrived: it moves, too, before a new mark. */
static void without_random_numbers_a_cut_is_tried_again(void **state)
{
	struct fileio saved = fileio;
	int fd = support_file(text, SIZE);
	char want[SIZE + sizeof(arrived)];
	size_t n;

	(void)state;
	fileio.ftruncate = no_cut;
	assert_int_equal(update_remove(&journal, fd, removals[0].gone, 1, SIZE),
	                 -1);
	fileio = saved;
	append(fd, arrived);
	FAIL_NEXT(getrandom, ENOSYS);
	assert_int_equal(recovery_run(&journal, fd), RECOVERY_ERROR);
	assert_int_equal(recovery_run(&journal, fd), RECOVERY_DONE);
	n = without(text, SIZE, removals[0].gone, 1, want);
	memcpy(want + n, arrived, sizeof(arrived) - 1);
	support_holds(fd, want, n + sizeof(arrived) - 1);
	assert_int_equal(close(fd), 0);
}

static void without_its_mailbox_an_update_is_not_finished(void **state)
{
	int fd = interrupt();

	(void)state;
	assert_int_equal(recovery_run(&journal, -1), RECOVERY_KEPT);
	assert_int_equal(recovery_run(&journal, fd), RECOVERY_DONE);
	assert_int_equal(close(fd), 0);
}

static ssize_t unreadable_pread(int fd, void *buf, size_t n, off_t at)
{
	if (fd != journal.fd)
		return pread(fd, buf, n, at);
	errno = EBADMSG;
	return -1;
}

/* The errors of ext4 and xfs for a wrong checksum. */
static void a_journal_that_cannot_be_read_is_not_foreign(void **state)
{
	struct fileio saved = fileio;
	int fd = interrupt();

	(void)state;
	fileio.pread = unreadable_pread;
	assert_int_equal(recovery_run(&journal, fd), RECOVERY_ERROR);
	assert_int_equal(errno, EBADMSG);
	fileio = saved;
	assert_int_equal(recovery_run(&journal, fd), RECOVERY_DONE);
	assert_int_equal(close(fd), 0);
}

/* A power cut tore an update's first record: nothing needs the areas. */
static void a_torn_first_record_leaves_no_areas(void **state)
{
	struct range all = {UNIT, SIZE - RECORD_NONCE};
	struct record r = {.kind = RECORD_COPY,
	                   .size = SIZE,
	                   .window = UNIT,
	                   .kept = &all,
	                   .n = 1};
	struct journal j = {.fd = support_file("", 0)}, next = {.fd = j.fd};
	int fd = support_file(text, SIZE);
	struct stat st;

	(void)state;
	assert_int_equal(record_reserve(&j, RECORD_AREA_MIN, 1), 0);
	assert_int_equal(record_write(&j, &r, fd), 0);
	assert_int_equal(pwrite(j.fd, "", 1, j.data), 1);
	assert_int_equal(fstat(j.fd, &st), 0);
	assert_true(st.st_size > 2 * JOURNAL_SLOT);
	next.size = st.st_size;
	assert_false(record_idle(&next));
	assert_int_equal(recovery_run(&next, fd), RECOVERY_NOTHING);
	assert_int_equal(fstat(j.fd, &st), 0);
	assert_int_equal(st.st_size, 2 * JOURNAL_SLOT);
	assert_int_equal(close(j.fd), 0);
	assert_int_equal(close(fd), 0);
}

static int no_fallocate(int fd, int mode, off_t at, off_t n)
{
	(void)fd;
	(void)mode;
	(void)at;
	(void)n;
	errno = EOPNOTSUPP;
	return -1;
}

/* Then the journal's slots are written. */
static void a_disk_that_cannot_allocate_will_do(void **state)
{
	struct fileio saved = fileio;
	struct journal j;

	(void)state;
	assert_int_equal(open_journal(&j, dir, "other", 0), 0);
	fileio.fallocate = no_fallocate;
	fileio.pwrite = faulty_pwrite;
	call = 0;
	fail_at = 1;
	assert_int_equal(record_prepare(&j), -1);
	assert_int_equal(record_prepare(&j), 0);
	fileio = saved;
	assert_true(record_idle(&j));
	journal_close(&j);
}

static int full_fallocate(int fd, int mode, off_t at, off_t n)
{
	if (at > 0 && !mode) {
		errno = ENOSPC;
		return -1;
	}
	return fallocate(fd, mode, at, n);
}

/* More ranges than fit a record, and no space for a larger one. */
enum { RANGES = 2500, EACH = 40 };
static struct range very_many[RANGES];
static char many[RANGES * 2 * EACH];

static int make_many(void)
{
	size_t i;

	for (i = 0; i < sizeof(many); i++)
		many[i] = (char)('!' + i % 91);
	for (i = 0; i < RANGES; i++)
		very_many[i] = (struct range){(off_t)(2 * i * EACH),
		                              (off_t)((2 * i + 1) * EACH)};
	return support_file(many, sizeof(many));
}

static void holds_many_without(int fd, const struct range *gone, size_t n)
{
	static char want[sizeof(many)];

	n = without(many, sizeof(many), gone, n, want);
	support_holds(fd, want, n);
}

static void very_many_ranges_go_in_turns(void **state)
{
	struct fileio saved = fileio;
	int fd = make_many();

	(void)state;
	fileio.fallocate = full_fallocate;
	assert_int_equal(
		update_remove(&journal, fd, very_many, RANGES, sizeof(many)),
		0);
	fileio = saved;
	holds_many_without(fd, very_many, RANGES);
	assert_int_equal(close(fd), 0);
}

static int turns;

/* There is space for the first turn only. */
static int one_turn_fallocate(int fd, int mode, off_t at, off_t n)
{
	if (mode & FALLOC_FL_UNSHARE_RANGE)
		turns++;
	if (turns > 1) {
		errno = ENOSPC;
		return -1;
	}
	return full_fallocate(fd, mode, at, n);
}

/* The last are gone, the others whole, and nothing is to be finished. */
static void a_later_turn_may_fail(void **state)
{
	struct fileio saved = fileio;
	int fd = make_many();
	size_t n;

	(void)state;
	fileio.fallocate = one_turn_fallocate;
	fileio.fiemap = no_fiemap;
	turns = 0;
	assert_int_equal(
		update_remove(&journal, fd, very_many, RANGES, sizeof(many)),
		-1);
	assert_int_equal(errno, ENOSPC);
	fileio = saved;
	assert_int_equal(turns, 2);
	n = record_ranges(&journal);
	assert_true(n < RANGES);
	holds_many_without(fd, very_many + RANGES - n, n);
	recover(fd);
	holds_many_without(fd, very_many + RANGES - n, n);
	assert_int_equal(close(fd), 0);
}

/* All of it must be copied to the journal, whose slots are too small. */
static int large_mailbox(void)
{
	static char large[200000];

	memset(large, 'k', sizeof(large));
	return support_file(large, sizeof(large));
}

static int remove_from_large(int fd)
{
	const struct range gone = {10, 10 + UNIT};

	return update_remove(&journal, fd, &gone, 1, 200000);
}

static void journal_is_short(void)
{
	struct stat st;

	assert_int_equal(fstat(journal.fd, &st), 0);
	assert_int_equal(st.st_size, 2 * JOURNAL_SLOT);
	assert_int_equal(journal.area, 0);
}

/* Makes the call of that number fail.  Returns the mailbox. */
static int fail_large(int number, int *done)
{
	struct fileio saved = fileio;
	int fd = large_mailbox();

	fileio = faulty;
	call = 0;
	fail_at = number;
	*done = remove_from_large(fd);
	fileio = saved;
	return fd;
}

/* Whatever fails before the first record counts, or while it is written. */
static void an_update_that_was_not_begun_leaves_no_space_taken(void **state)
{
	int fd = -1, number = 0, failed = 0, done;

	(void)state;
	do {
		if (fd >= 0)
			assert_int_equal(close(fd), 0);
		fd = fail_large(++number, &done);
		failed += done < 0;
		if (journal.idle)
			journal_is_short();
	} while (journal.idle);
	assert_true(failed > 10);
	recover(fd);
	journal_is_short();
	assert_int_equal(close(fd), 0);
}

static void without_random_numbers_no_space_is_taken(void **state)
{
	int fd = large_mailbox();

	(void)state;
	fail_getrandom();
	assert_int_equal(remove_from_large(fd), -1);
	assert_int_equal(errno, ENOSYS);
	journal_is_short();
	assert_int_equal(close(fd), 0);
}

static void less_than_a_marker_cannot_go(void **state)
{
	const struct range gone = {10, 10 + RECORD_NONCE - 1};
	int fd = support_file(text, SIZE);

	(void)state;
	assert_int_equal(update_remove(&journal, fd, &gone, 1, SIZE), -1);
	assert_int_equal(errno, EINVAL);
	support_holds(fd, text, SIZE);
	assert_int_equal(close(fd), 0);
}

static long type;

static int typed_fstatfs(int fd, struct statfs *fs)
{
	int done = fstatfs(fd, fs);

	fs->f_type = type;
	return done;
}

static off_t asked;

static int asking_fallocate(int fd, int mode, off_t at, off_t n)
{
	(void)fd;
	(void)mode;
	(void)at;
	asked = n;
	errno = EOPNOTSUPP;
	return -1;
}

/* They write what is overwritten to another place. */
static void some_file_systems_need_twice_the_space(void **state)
{
	static const long types[] = {BTRFS_SUPER_MAGIC, 0xca451a4e, 0x2fc12fc1};
	struct fileio saved = fileio;
	int fd = support_file(text, SIZE);
	size_t i;

	(void)state;
	fileio.fstatfs = typed_fstatfs;
	fileio.fallocate = asking_fallocate;
	for (i = 0; i < LENGTH(types); i++) {
		type = types[i];
		assert_int_equal(space_make(fd, 0, UNIT, SIZE), 1);
		assert_true(asked >= 2L * UNIT + (1 << 20));
	}
	fileio = saved;
	assert_int_equal(close(fd), 0);
}

/* The space is held until the journal has its own, and cannot be given back. */
static void space_that_is_not_given_back_ends_the_update(void **state)
{
	static int (*const fails[])(int fd, off_t size) = {no_cut,
	                                                   faulty_ftruncate};
	struct fileio saved = fileio;
	int fd = support_file(text, SIZE);
	size_t i;

	(void)state;
	fileio.fstatfs = typed_fstatfs;
	fileio.fallocate = asking_fallocate;
	fileio.fsync = faulty_fsync;
	type = BTRFS_SUPER_MAGIC;
	for (i = 0; i < LENGTH(fails); i++) {
		fileio.ftruncate = fails[i];
		call = 0;
		fail_at = 2;
		assert_int_equal(
			update_remove(&journal, fd, removals[0].gone, 1, SIZE),
			-1);
		assert_int_equal(errno, EIO);
	}
	fileio = saved;
	support_holds(fd, text, SIZE);
	assert_int_equal(close(fd), 0);
}

static int holed_fiemap(int fd, struct fiemap *map)
{
	(void)fd;
	map->fm_mapped_extents = 1;
	memset(map->fm_extents, 0, sizeof(*map->fm_extents));
	map->fm_extents[0].fe_logical = map->fm_start + 1;
	map->fm_extents[0].fe_length = map->fm_length;
	return 0;
}

static int out_of_space(int fd, int mode, off_t at, off_t n)
{
	(void)fd;
	(void)mode;
	(void)at;
	(void)n;
	errno = ENOSPC;
	return -1;
}

static int shared_fiemap(int fd, struct fiemap *map)
{
	(void)holed_fiemap(fd, map);
	map->fm_extents[0].fe_logical = map->fm_start;
	map->fm_extents[0].fe_flags = FIEMAP_EXTENT_SHARED;
	return 0;
}

static void holes_and_shared_blocks_need_space(void **state)
{
	struct fileio saved = fileio;
	int fd = support_file(text, SIZE);

	(void)state;
	fileio.fallocate = out_of_space;
	fileio.fiemap = holed_fiemap;
	assert_int_equal(space_make(fd, 0, UNIT, SIZE), -1);
	assert_int_equal(errno, ENOSPC);
	fileio.fiemap = shared_fiemap;
	assert_int_equal(space_make(fd, 0, UNIT, SIZE), -1);
	assert_int_equal(errno, ENOSPC);
	fileio = saved;
	assert_int_equal(close(fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_removal_leaves_the_rest),
		cmocka_unit_test(any_removal_leaves_the_rest),
		cmocka_unit_test(small_gaps_and_small_rests_get_there),
		cmocka_unit_test(large_parts_move_whole),
		cmocka_unit_test(a_call_that_fails_leaves_all_or_nothing_done),
		cmocka_unit_test(a_file_cut_meanwhile_is_told),
		cmocka_unit_test(a_large_window_in_a_gap_is_finished),
		cmocka_unit_test(calls_that_do_little_get_there),
		cmocka_unit_test(what_came_must_begin_with_a_message),
		cmocka_unit_test(without_random_numbers_nothing_is_done),
		cmocka_unit_test(
			without_random_numbers_or_memory_recovery_is_tried_again),
		cmocka_unit_test(without_random_numbers_a_cut_is_tried_again),
		cmocka_unit_test(without_its_mailbox_an_update_is_not_finished),
		cmocka_unit_test(a_journal_that_cannot_be_read_is_not_foreign),
		cmocka_unit_test(a_torn_first_record_leaves_no_areas),
		cmocka_unit_test(a_disk_that_cannot_allocate_will_do),
		cmocka_unit_test(very_many_ranges_go_in_turns),
		cmocka_unit_test(a_later_turn_may_fail),
		cmocka_unit_test(
			an_update_that_was_not_begun_leaves_no_space_taken),
		cmocka_unit_test(without_random_numbers_no_space_is_taken),
		cmocka_unit_test(less_than_a_marker_cannot_go),
		cmocka_unit_test(some_file_systems_need_twice_the_space),
		cmocka_unit_test(space_that_is_not_given_back_ends_the_update),
		cmocka_unit_test(holes_and_shared_blocks_need_space),
		cmocka_unit_test(a_mailbox_past_the_size_limit_is_not_touched),
	};

	return cmocka_run_group_tests(tests, begin, end);
}

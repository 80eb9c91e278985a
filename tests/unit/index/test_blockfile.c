/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>
#include <sys/wait.h>

#include "base/digest.h"
#include "base/fileio.h"
#include "index/blockfile.h"

static char *path; /* of a directory */
static struct blockfile b;
static int fd; /* the same file, for the tests */

static int begin(void **state)
{
	char name[128];

	(void)state;
	path = support_directory("/dev/shm");
	(void)snprintf(name, sizeof(name), "%s/blocks", path);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	blockfile_init(&b, dup(fd), 0);
	return fd < 0;
}

static int end(void **state)
{
	(void)state;
	blockfile_free(&b);
	(void)close(fd);
	support_remove(path);
	return 0;
}

static off_t file_size(void)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_size;
}

static void reopen(void)
{
	blockfile_free(&b);
	blockfile_init(&b, dup(fd), file_size());
}

/* Each octet of a block tells the block, and which of its versions. */
static char octet(uint32_t number, unsigned int making)
{
	return (char)(number * 7 + making * 31 + 1);
}

static void fill(uint32_t number, unsigned int making)
{
	char *p = blockfile_write(&b, number);

	assert_non_null(p);
	memset(p, octet(number, making), BLOCKFILE_OCTETS);
}

static bool is_filled(const char *p, uint32_t number, unsigned int making)
{
	size_t i;

	for (i = 0; i < BLOCKFILE_OCTETS; i++)
		if (p[i] != octet(number, making))
			return false;
	return true;
}

static void is(uint32_t number, unsigned int making)
{
	const char *p = blockfile_read(&b, number);

	assert_non_null(p);
	assert_true(is_filled(p, number, making));
}

static void is_missing(uint32_t number, int why)
{
	errno = 0;
	assert_null(blockfile_read(&b, number));
	assert_int_equal(errno, why);
}

static void fill_to(uint32_t n, unsigned int making)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		fill(i, making);
}

static void are(uint32_t n, unsigned int making)
{
	uint32_t i;

	assert_int_equal(b.n, n);
	for (i = 0; i < n; i++)
		is(i, making);
	for (i = n; i > 0; i--)
		is(i - 1, making);
	is_missing(n, EINVAL);
}

static struct blockfile_saved save(void)
{
	struct blockfile_saved saved;

	assert_int_equal(blockfile_save(&b, &saved), 0);
	blockfile_told(&b);
	return saved;
}

static void load(const struct blockfile_saved *saved)
{
	reopen();
	assert_int_equal(blockfile_load(&b, saved), 0);
}

static void a_new_block_is_zeros(void **state)
{
	static const char zeros[BLOCKFILE_OCTETS];
	uint32_t i;

	(void)state;
	fill_to(30, 1);
	blockfile_cut(&b, 3);
	for (i = 3; i < 30; i++)
		assert_memory_equal(blockfile_write(&b, i), zeros,
		                    sizeof(zeros));
}

static void what_was_saved_is_loaded(void **state)
{
	static const uint32_t counts[] = {0, 1, 4, 5, 16, 17, 100};
	struct blockfile_saved saved;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(counts); i++) {
		fill_to(counts[i], 2);
		are(counts[i], 2);
		saved = save();
		are(counts[i], 2);
		load(&saved);
		are(counts[i], 2);
	}
}

static void the_callers_block_is_not_touched(void **state)
{
	char want[BLOCKFILE_OCTETS], have[BLOCKFILE_OCTETS];

	(void)state;
	memset(want, 'x', sizeof(want));
	assert_int_equal(pwrite(fd, want, sizeof(want), 0), sizeof(want));
	fill_to(50, 1);
	(void)save();
	blockfile_cut(&b, 0);
	(void)save();
	assert_int_equal(pread(fd, have, sizeof(have), 0), sizeof(have));
	assert_memory_equal(have, want, sizeof(want));
}

static void a_file_that_became_smaller_is_cut(void **state)
{
	struct blockfile_saved saved;

	(void)state;
	fill_to(50, 1);
	saved = save();
	load(&saved);
	blockfile_cut(&b, 10);
	saved = save(); /* its list is behind the one before */
	load(&saved);
	are(10, 1);
	saved = save();
	assert_int_equal(file_size(), 12 * BLOCKFILE_OCTETS);
	load(&saved);
	are(10, 1);
	fill(10, 1);
	are(11, 1);
}

/* Freed places are used again, so changes do not make the file grow. */
static void a_file_has_space_for_two_of_all_at_most(void **state)
{
	struct blockfile_saved saved;
	unsigned int i;

	(void)state;
	for (i = 0; i < 50; i++) {
		fill_to(20, i);
		saved = save();
		assert_true(file_size() <= 43 * BLOCKFILE_OCTETS);
		load(&saved);
		are(20, i);
	}
	for (i = 0; i < 50; i++) {
		fill(i % 20, 100);
		saved = save();
		assert_true(file_size() <= 43 * BLOCKFILE_OCTETS);
	}
	load(&saved);
	are(20, 100);
}

/* A process that was killed leaves octets behind what was saved. */
static void what_is_left_behind_is_cut(void **state)
{
	struct blockfile_saved saved;

	(void)state;
	fill_to(5, 1);
	saved = save();
	assert_int_equal(ftruncate(fd, 1000000), 0);
	load(&saved);
	fill(2, 2);
	saved = save();
	assert_true(file_size() <= 9 * BLOCKFILE_OCTETS);
	load(&saved);
	is(2, 2);
	is(4, 1);
}

/* If any octet of a block, or of its digest, differs, it is not returned. */
static void damage_is_seen(void **state)
{
	struct blockfile_saved saved;
	uint64_t seed = 1;
	char was, is_now;
	uint32_t i;
	int round;
	off_t at;

	(void)state;
	fill_to(20, 1);
	saved = save();
	for (round = 0; round < 200; round++) {
		reopen();
		at = BLOCKFILE_OCTETS +
		     (off_t)support_below(&seed, 20 * BLOCKFILE_OCTETS + 320);
		assert_int_equal(pread(fd, &was, 1, at), 1);
		is_now = (char)(was ^ 1 << support_below(&seed, 8));
		assert_int_equal(pwrite(fd, &is_now, 1, at), 1);
		if (at >= 21 * BLOCKFILE_OCTETS) {
			assert_int_equal(blockfile_load(&b, &saved), -1);
			assert_int_equal(b.n, 0);
		} else {
			assert_int_equal(blockfile_load(&b, &saved), 0);
			for (i = 0; i < 20; i++)
				if (i + 1 == at / BLOCKFILE_OCTETS)
					is_missing(i, EBADMSG);
				else
					is(i, 1);
		}
		assert_int_equal(pwrite(fd, &was, 1, at), 1);
	}
}

static void a_file_cut_short_is_not_believed(void **state)
{
	const off_t whole = 21 * BLOCKFILE_OCTETS + 320;
	struct blockfile_saved saved;
	off_t size;

	(void)state;
	fill_to(20, 1);
	saved = save();
	for (size = whole - 1; size > 0; size /= 2) {
		reopen();
		assert_int_equal(ftruncate(fd, size), 0);
		assert_int_equal(blockfile_load(&b, &saved), -1);
		assert_int_equal(b.n, 0);
	}
	saved = (struct blockfile_saved){.digest = 1};
	assert_int_equal(blockfile_load(&b, &saved), -1);
}

/* The file is cut while it is in use. */
static void a_block_that_went_is_told(void **state)
{
	(void)state;
	fill_to(20, 1);
	(void)save();
	assert_int_equal(ftruncate(fd, 3 * BLOCKFILE_OCTETS), 0);
	is(1, 1);
	is_missing(2, EBADMSG);
	is_missing(10, EBADMSG);
	is(19, 1); /* cached */
	is(0, 1);
}

static unsigned int fail_at, call, preads;
static struct fileio real;

static bool fails(void)
{
	if (++call < fail_at)
		return false;
	errno = ENOSPC;
	return true;
}

static ssize_t failing_pwrite(int f, const void *buf, size_t n, off_t at)
{
	if (!fails())
		return real.pwrite(f, buf, n, at);
	/* A part may be written, as when the disk is full. */
	(void)real.pwrite(f, "part", 4, at);
	return -1;
}

static int failing_ftruncate(int f, off_t size)
{
	return fails() ? -1 : real.ftruncate(f, size);
}

static ssize_t failing_pread(int f, void *buf, size_t n, off_t at)
{
	return fails() ? -1 : real.pread(f, buf, n, at);
}

static ssize_t counting_pread(int f, void *buf, size_t n, off_t at)
{
	preads++;
	return real.pread(f, buf, n, at);
}

/* From the N-th call on writing fails, and memory holds all blocks. */
static void if_writing_fails_memory_holds_it(void **state)
{
	struct blockfile_saved saved;
	int done;

	(void)state;
	real = fileio;
	for (fail_at = 1, call = 0; call + 1 >= fail_at; fail_at++) {
		reopen();
		call = 0;
		fileio.pwrite = failing_pwrite;
		fileio.ftruncate = failing_ftruncate;
		fill_to(20, 1);
		are(20, 1);
		fill(7, 1);
		fill(3, 1);
		blockfile_cut(&b, 12);
		are(12, 1);
		fill_to(40, 3);
		are(40, 3);
		done = blockfile_save(&b, &saved);
		are(40, 3);
		fileio = real;
		assert_int_equal(done, b.memory ? -1 : done);
		if (done == 0) {
			load(&saved);
			are(40, 3);
		}
	}
	assert_true(fail_at > 30);
}

static void if_nothing_works_the_caller_is_told(void **state)
{
	struct blockfile_saved saved;

	(void)state;
	real = fileio;
	fill_to(20, 1);
	fileio.pwrite = failing_pwrite;
	fileio.pread = failing_pread;
	fail_at = 1;
	fill(19, 2);
	is(18, 1);
	is_missing(2, ENOSPC);
	assert_int_equal(blockfile_save(&b, &saved), -1);
	fileio = real;
	is(19, 2);
	is(2, 1); /* no other block took its place */
}

static void without_a_file_memory_holds_it(void **state)
{
	struct blockfile_saved saved;

	(void)state;
	blockfile_free(&b);
	fill_to(100, 1);
	are(100, 1);
	assert_int_equal(blockfile_save(&b, &saved), -1);
	are(100, 1);
}

/* The rest of the disk space is free for others, mostly for journals. */
static void a_file_that_takes_no_more_is_as_it_was(void **state)
{
	struct blockfile_saved saved;
	unsigned int left;

	(void)state;
	real = fileio;
	for (left = 1; left < 30; left++) {
		reopen();
		assert_int_equal(ftruncate(fd, 0), 0);
		fill_to(20, 1);
		saved = save();
		load(&saved);
		fileio.pwrite = failing_pwrite;
		fail_at = left;
		call = 0;
		fill_to(40, 2);
		assert_int_equal(
			blockfile_save(&b, &(struct blockfile_saved){0}), -1);
		fileio = real;
		are(40, 2);
		assert_true(file_size() <= 22 * BLOCKFILE_OCTETS);
		load(&saved);
		are(20, 1);
	}
}

/* The disk may be full only for a while. */
static void what_is_loaded_again_is_in_the_file(void **state)
{
	struct blockfile_saved saved;

	(void)state;
	real = fileio;
	fill_to(20, 1);
	saved = save();
	fileio.pwrite = failing_pwrite;
	fail_at = 1;
	call = 0;
	fill_to(20, 2);
	fileio = real;
	assert_int_equal(blockfile_load(&b, &saved), 0);
	are(20, 1);
	fill(3, 2);
	saved = save();
	load(&saved);
	is(3, 2);
	is(4, 1);
}

static unsigned int left; /* calls until the process is killed, within one */

static ssize_t last_pwrite(int f, const void *buf, size_t n, off_t at)
{
	if (--left > 0)
		return real.pwrite(f, buf, n, at);
	(void)real.pwrite(f, buf, n / 2, at);
	_exit(1);
}

static int last_ftruncate(int f, off_t size)
{
	if (--left > 0)
		return real.ftruncate(f, size);
	_exit(1);
}

/* Changes and saves blocks in another process.  Was it killed? */
static bool is_killed(unsigned int making)
{
	struct blockfile_saved saved;
	pid_t child = fork();
	int status;

	if (child == 0) {
		fileio.pwrite = last_pwrite;
		fileio.ftruncate = last_ftruncate;
		fill(3, making);
		fill_to(12, making);
		blockfile_cut(&b, 20);
		fill_to(25, making);
		_exit(blockfile_save(&b, &saved) < 0 ? 2 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status) == 1;
}

/* After each of its writes, what was saved is there and whole. */
static void a_killed_process_leaves_what_was_saved(void **state)
{
	struct blockfile_saved was;
	unsigned int at = 0;
	bool killed;

	(void)state;
	real = fileio;
	do {
		reopen();
		fill_to(30, at);
		was = save();
		load(&was);
		fill(7, at);
		was = save();
		load(&was);
		left = ++at;
		killed = is_killed(at + 1);
		load(&was);
		are(30, at - 1);
	} while (killed);
	assert_true(at > 20);
}

static void an_impossible_list_is_refused(void **state)
{
	static const struct blockfile_entry wrong[] = {
		{.place = 0},
		{.place = 101},
		{.place = PLACES_MOST},
		{.place = UINT64_MAX},
	};
	struct blockfile_saved saved, odd;
	struct blockfile_entry e;
	size_t i;

	(void)state;
	fill_to(2, 1);
	saved = save();
	assert_int_equal(saved.end, 4);
	for (i = 0; i < LENGTH(wrong); i++) {
		e = wrong[i];
		assert_int_equal(
			pwrite(fd, &e, sizeof(e), 100 * BLOCKFILE_OCTETS),
			sizeof(e));
		odd = (struct blockfile_saved){1, 100, 101,
		                               digest_of(&e, sizeof(e))};
		reopen();
		assert_int_equal(blockfile_load(&b, &odd), -1);
	}
	odd = saved;
	odd.end = PLACES_MOST + 1;
	assert_int_equal(blockfile_load(&b, &odd), -1);
	odd = saved;
	odd.list = UINT64_MAX / 2;
	assert_int_equal(blockfile_load(&b, &odd), -1);
	odd = saved;
	odd.end = 3;
	assert_int_equal(blockfile_load(&b, &odd), -1);
	load(&saved);
	are(2, 1);
}

static void reads(uint32_t number, unsigned int want)
{
	preads = 0;
	is(number, 1);
	assert_int_equal(preads, want);
}

static void the_block_not_asked_for_longest_makes_way(void **state)
{
	(void)state;
	real = fileio;
	fill_to(10, 1);
	(void)save();
	fileio.pread = counting_pread;
	reads(0, 1);
	reads(1, 1);
	reads(2, 1);
	reads(3, 1);
	reads(0, 0);
	reads(4, 1); /* in the place of 1 */
	reads(0, 0);
	reads(2, 0);
	reads(3, 0);
	reads(1, 1); /* in the place of 4 */
	reads(0, 0);
	reads(4, 1);
	fileio = real;
}

/* Compares with plain memory: writes, cuts, saves, loads, at random. */
static void any_use_is_as_of_plain_memory(void **state)
{
	static unsigned int made[200];
	struct blockfile_saved saved = {0};
	uint64_t seed = 9;
	uint32_t n = 0, at;
	int step;

	(void)state;
	for (step = 0; step < 20000; step++) {
		at = (uint32_t)support_below(&seed, n + 1);
		switch (support_below(&seed, 50)) {
		case 0:
			blockfile_cut(&b, at);
			n = at;
			break;
		case 1:
			saved = save();
			load(&saved);
			break;
		default:
			if (n == LENGTH(made) && at == n)
				break;
			fill(at, made[at] = (unsigned int)step);
			n += at == n;
		}
		assert_int_equal(b.n, n);
		if (n) {
			at = (uint32_t)support_below(&seed, n);
			is(at, made[at]);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_block_is_zeros),
		TEST(what_was_saved_is_loaded),
		TEST(the_callers_block_is_not_touched),
		TEST(a_file_that_became_smaller_is_cut),
		TEST(a_file_has_space_for_two_of_all_at_most),
		TEST(what_is_left_behind_is_cut),
		TEST(damage_is_seen),
		TEST(a_file_cut_short_is_not_believed),
		TEST(a_block_that_went_is_told),
		TEST(if_writing_fails_memory_holds_it),
		TEST(if_nothing_works_the_caller_is_told),
		TEST(without_a_file_memory_holds_it),
		TEST(a_file_that_takes_no_more_is_as_it_was),
		TEST(what_is_loaded_again_is_in_the_file),
		TEST(a_killed_process_leaves_what_was_saved),
		TEST(an_impossible_list_is_refused),
		TEST(the_block_not_asked_for_longest_makes_way),
		TEST(any_use_is_as_of_plain_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>
#include <sys/wait.h>

#include "base/digest.h"
#include "base/fileio.h"
#include "index/index.h"
#include "state.h"

#define HEADER 136 /* octets of the file's first block that are used */

static char *path; /* of a directory */
static struct index ix;

static int begin(void **state)
{
	(void)state;
	path = support_directory("/dev/shm");
	open_index(&ix, path, "box");
	return 0;
}

static int end(void **state)
{
	(void)state;
	index_close(&ix);
	support_remove(path);
	return 0;
}

static struct mbox_message make(uint32_t i)
{
	return (struct mbox_message){
		.start = i * 100,
		.text = i * 100 + 30,
		.body = i * 100 + 50,
		.end = i * 100 + 99,
		.octets = 80,
		.digest = digest_of(&i, sizeof(i)),
		.uidl = {.high = i, .low = digest_of(&i, sizeof(i)) * 3},
		.duplicate = i % 3,
	};
}

static void add(uint32_t n)
{
	struct mbox_message m;

	for (; n; n--) {
		m = make(ix.count);
		assert_int_equal(index_put(&ix, ix.count, &m), 0);
	}
}

/* Compares message i with the one that was made with that number. */
static void is(uint32_t i, uint32_t of)
{
	struct mbox_message m, want = make(of);

	assert_int_equal(index_get(&ix, i, &m), 0);
	assert_int_equal(m.start, want.start);
	assert_int_equal(m.text, want.text);
	assert_int_equal(m.body, want.body);
	assert_int_equal(m.end, want.end);
	assert_int_equal(m.octets, want.octets);
	assert_int_equal(m.digest, want.digest);
	assert_int_equal(m.uidl.high, want.uidl.high);
	assert_int_equal(m.uidl.low, want.uidl.low);
	assert_int_equal(m.duplicate, want.duplicate);
	assert_false(m.internal);
}

static void has_made(uint32_t n)
{
	uint32_t i;

	assert_int_equal(ix.count, n);
	assert_int_equal(ix.octets, 80 * (int64_t)n);
	for (i = 0; i < n; i++)
		is(i, i);
}

static void reopen(int want)
{
	index_close(&ix);
	open_index(&ix, path, "box");
	assert_int_equal(index_load(&ix), want);
}

static int open_file(void)
{
	char name[128];
	int fd;

	(void)snprintf(name, sizeof(name), "%s/box.index", path);
	fd = open(name, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void a_new_index_holds_nothing(void **state)
{
	(void)state;
	assert_int_equal(index_load(&ix), -1);
	assert_int_equal(ix.count, 0);
	assert_int_equal(index_get(&ix, 0, &(struct mbox_message){0}), -1);
}

static const uint32_t counts[] = {
	0, 1, 127, 128, 129, 4095, 4096, 4097, 8191, 8192, 8193, 10000,
};

static void what_was_saved_is_there(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(counts); i++) {
		index_cut(&ix, 0);
		add(counts[i]);
		has_made(counts[i]);
		ix.seen = (struct index_seen){1, 2, 3, 4, 5, 6, 1};
		index_save(&ix);
		reopen(0);
		has_made(counts[i]);
		assert_int_equal(ix.seen.inode, 1);
		assert_int_equal(ix.seen.size, 2);
		assert_int_equal(ix.seen.mtime, 3);
		assert_int_equal(ix.seen.ctime, 4);
		assert_int_equal(ix.seen.taken, 5);
		assert_int_equal(ix.seen.tail, 6);
		assert_int_equal(ix.seen.sampled, 1);
	}
}

static void it_works_without_a_file(void **state)
{
	(void)state;
	index_close(&ix);
	open_index(&ix, "/nonexistent", "box");
	assert_int_equal(index_load(&ix), -1);
	add(5000);
	has_made(5000);
	index_save(&ix);
	index_void(&ix);
	has_made(5000);
}

static void it_can_be_cut_and_grow_at_any_border(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < LENGTH(counts); i++) {
		for (k = 0; k < i; k++) {
			index_cut(&ix, 0);
			add(counts[i]);
			index_cut(&ix, counts[k]);
			ix.octets = 80 * (int64_t)counts[k];
			add(70);
			has_made(counts[k] + 70);
			index_save(&ix);
			reopen(0);
			has_made(counts[k] + 70);
		}
	}
}

static void the_pseudo_message_and_marks_are_counted(void **state)
{
	struct mbox_message m = make(0);

	(void)state;
	m.internal = true;
	assert_int_equal(index_put(&ix, 0, &m), 0);
	assert_int_equal(ix.hidden, 1);
	assert_int_equal(ix.octets, 0);
	assert_int_equal(index_may_have_flagged(&ix, 0), 0);
	m = make(1);
	m.flagged = true;
	assert_int_equal(index_put(&ix, 1, &m), 0);
	index_save(&ix);
	reopen(0);
	assert_int_equal(ix.count, 2);
	assert_int_equal(ix.hidden, 1);
	assert_int_equal(index_may_have_flagged(&ix, 0), 1);
	assert_int_equal(ix.octets, 80);
	assert_int_equal(index_get(&ix, 0, &m), 0);
	assert_true(m.internal && !m.flagged);
	is(1, 1);
	assert_int_equal(index_get(&ix, 1, &m), 0);
	assert_true(m.flagged);
	index_cut(&ix, 0);
	assert_int_equal(ix.hidden, 0);
	add(3);
	assert_int_equal(index_may_have_flagged(&ix, 0), 0);
}

static void a_flagged_message_is_looked_for_in_its_group(void **state)
{
	struct mbox_message m;
	uint32_t i;

	(void)state;
	for (i = 0; i < 3 * INDEX_GROUP; i++) {
		m = make(i);
		m.flagged = i == INDEX_GROUP + 7;
		assert_int_equal(index_put(&ix, i, &m), 0);
	}
	index_save(&ix);
	reopen(0);
	for (i = 0; i < 3 * INDEX_GROUP; i++) {
		assert_int_equal(index_get(&ix, i, &m), 0);
		assert_int_equal(m.flagged, i == INDEX_GROUP + 7);
	}
	assert_int_equal(index_may_have_flagged(&ix, 0), 0);
	assert_int_equal(index_may_have_flagged(&ix, INDEX_GROUP), 1);
	assert_int_equal(index_may_have_flagged(&ix, 2 * INDEX_GROUP), 0);
}

static void what_cannot_be_kept_is_refused(void **state)
{
	struct mbox_message m = make(0);

	(void)state;
	m.text = m.start + INT64_C(0x100000000);
	m.body = m.end = m.text;
	assert_int_equal(index_put(&ix, 0, &m), -1);
	assert_int_equal(errno, EOVERFLOW);
	assert_int_equal(ix.count, 0);
	m = make(0);
	ix.count = 1U << 30;
	assert_int_equal(index_put(&ix, ix.count, &m), -1);
	assert_int_equal(errno, EOVERFLOW);
}

static void each_octet_of_the_header_counts(void **state)
{
	char octet, other;
	off_t at;
	int fd;

	(void)state;
	add(100);
	ix.seen = (struct index_seen){1, 2, 3, 4, 5, 6, 1};
	index_save(&ix);
	fd = open_file();
	for (at = 0; at < HEADER; at++) {
		assert_int_equal(pread(fd, &octet, 1, at), 1);
		other = (char)(octet ^ 1 << at % 8);
		assert_int_equal(pwrite(fd, &other, 1, at), 1);
		reopen(-1);
		assert_int_equal(ix.count, 0);
		assert_int_equal(pwrite(fd, &octet, 1, at), 1);
	}
	reopen(0);
	has_made(100);
	assert_int_equal(close(fd), 0);
}

/* A file of a machine with another order of octets. */
static void another_order_of_octets_is_refused(void **state)
{
	uint64_t words[HEADER / 8], digest;
	size_t i;
	int fd;

	(void)state;
	add(1);
	index_save(&ix);
	fd = open_file();
	assert_int_equal(pread(fd, words, HEADER, 0), HEADER);
	for (i = 1; i < LENGTH(words) - 1; i++)
		words[i] = __builtin_bswap64(words[i]);
	digest = digest_of(words, HEADER - 8);
	words[LENGTH(words) - 1] = digest;
	assert_int_equal(pwrite(fd, words, HEADER, 0), HEADER);
	assert_int_equal(close(fd), 0);
	reopen(-1);
}

/* Any message that is returned must be possible. */
static void get_all(void)
{
	struct mbox_message m;
	uint32_t i;

	for (i = 0; i < ix.count + 3; i++) {
		if (index_get(&ix, i, &m) < 0) {
			assert_true(errno == EBADMSG || errno == EINVAL);
			continue;
		}
		assert_true(m.start >= 0 && m.start <= m.text &&
		            m.text <= m.body && m.body <= m.end &&
		            m.octets >= 0);
	}
}

static void a_file_of_any_octets_is_harmless(void **state)
{
	static char octets[40000];
	uint64_t seed = 1;
	size_t i, n;
	int fd, round;

	(void)state;
	fd = open_file();
	for (round = 0; round < 300; round++) {
		n = support_below(&seed, sizeof(octets));
		for (i = 0; i < n; i++)
			octets[i] = (char)support_random(&seed);
		if (round % 2)
			memcpy(octets, "onepopX5\10\7\6\5\4\3\2\1", 16);
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, octets, n, 0), n);
		reopen(-1);
		get_all();
	}
	assert_int_equal(close(fd), 0);
}

/* Damaged or cut anywhere, the file is refused, or that part is missing. */
static void a_damaged_message_is_not_returned(void **state)
{
	uint64_t seed = 2;
	uint32_t i, bad;
	struct stat st;
	char octet;
	int fd, round;
	off_t at;

	(void)state;
	for (round = 0; round < 150; round++) {
		index_cut(&ix, 0);
		add(700);
		index_save(&ix);
		fd = open_file();
		assert_int_equal(fstat(fd, &st), 0);
		at = (off_t)support_below(&seed, (size_t)st.st_size);
		assert_int_equal(pread(fd, &octet, 1, at), 1);
		octet = (char)(octet ^ 1 << support_below(&seed, 8));
		assert_int_equal(pwrite(fd, &octet, 1, at), 1);
		if (round % 3 == 0)
			assert_int_equal(ftruncate(fd, at), 0);
		assert_int_equal(close(fd), 0);
		index_close(&ix);
		open_index(&ix, path, "box");
		if (index_load(&ix) < 0) {
			assert_int_equal(ix.count, 0);
			continue;
		}
		for (bad = i = 0; i < 700; i++) {
			if (index_get(&ix, i, &(struct mbox_message){0}) == 0)
				is(i, i);
			else
				bad++;
		}
		assert_true(bad <= BLOCKFILE_OCTETS / 64);
	}
}

/* A message that no mailbox can have, with the right digests. */
static void an_impossible_message_is_not_returned(void **state)
{
	static const struct {
		off_t start, text, body, end, octets;
	} impossible[] = {
		{-1, 0, 0, 0, 0},
		{INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, 0},
		{INT64_MAX / 2, INT64_MAX / 2, INT64_MAX / 2, INT64_MAX / 2, 0},
		{10, 20, 15, 30, 0},
		{10, 20, 30, 25, 0},
		{10, 20, 30, 5, 0},
		{10, 20, 30, 40, -1},
		{10, 20, 30, 40, INT64_MAX},
		{0, 20, 30, INT64_MAX, 5},
	};
	struct mbox_message m = {0};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(impossible); i++) {
		m.start = impossible[i].start;
		m.text = impossible[i].text;
		m.body = impossible[i].body;
		m.end = impossible[i].end;
		m.octets = impossible[i].octets;
		index_cut(&ix, 0);
		assert_int_equal(index_put(&ix, 0, &m), 0);
		index_save(&ix);
		reopen(0);
		assert_int_equal(index_get(&ix, 0, &m), -1);
		assert_int_equal(errno, EBADMSG);
	}
}

static void what_is_void_keeps_only_the_messages(void **state)
{
	static const struct index_seen nothing;
	int again;

	(void)state;
	add(100);
	ix.seen = (struct index_seen){1, 2, 3, 4, 5, 6, 1};
	index_save(&ix);
	for (again = 0; again < 2; again++) {
		index_void(&ix);
		has_made(100);
		if (again)
			index_save(&ix); /* as after a removal */
		reopen(0);
		has_made(100);
		assert_memory_equal(&ix.seen, &nothing, sizeof(nothing));
		ix.seen.inode = 7;
		index_save(&ix);
		reopen(0);
		assert_int_equal(ix.seen.inode, 7);
	}
}

static void no_tag_is_missed(void)
{
	struct mbox_message m;
	uint32_t i;

	for (i = 0; i < ix.count; i++) {
		assert_int_equal(index_get(&ix, i, &m), 0);
		assert_int_equal(index_may_have(&ix,
		                                i / INDEX_GROUP * INDEX_GROUP,
		                                index_tag(m.uidl)),
		                 1);
	}
}

/* Does what QUIT does: some messages go, the others move up. */
static void take_out(uint64_t *seed, size_t one_in)
{
	uint32_t i, to = 0;
	struct mbox_message m;

	for (i = 0; i < ix.count; i++) {
		assert_int_equal(index_get(&ix, i, &m), 0);
		if (support_below(seed, one_in) == 0)
			continue;
		if (to < i)
			assert_int_equal(index_put(&ix, to, &m), 0);
		to++;
	}
	index_cut(&ix, to);
}

static void the_filters_miss_nothing_whatever_moves(void **state)
{
	uint64_t seed = 3;
	int round;

	(void)state;
	for (round = 0; round < 12; round++) {
		add((uint32_t)support_below(&seed, 6000));
		no_tag_is_missed();
		take_out(&seed, round % 2 ? 2 : 500);
		no_tag_is_missed();
		index_save(&ix);
		reopen(0);
		no_tag_is_missed();
	}
}

/* Puts messages again as numbering duplicates does. */
static void a_message_put_again_leaves_the_filter(void **state)
{
	struct mbox_message m;
	uint32_t i;

	(void)state;
	add(3 * INDEX_GROUP);
	for (i = 0; i < ix.count; i += INDEX_GROUP) {
		m = make(i);
		m.duplicate = 9;
		assert_int_equal(index_put(&ix, i, &m), 0);
	}
	no_tag_is_missed();
}

static void the_filters_say_no_to_most_others(void **state)
{
	uint64_t seed = 4;
	int i, may = 0;

	(void)state;
	for (i = 0; i < 12; i++) {
		add(3 * INDEX_GROUP);
		take_out(&seed, 2);
		index_cut(&ix, ix.count / 2);
	}
	for (i = 0; i < 10000; i++)
		may += index_may_have(&ix, 0, support_random(&seed));
	assert_true(may < 100);
}

static unsigned int fail_at, call;
static struct fileio real;

static bool fails(void)
{
	if (++call != fail_at)
		return false;
	errno = EIO;
	return true;
}

static ssize_t failing_pread(int fd, void *buf, size_t n, off_t at)
{
	return fails() ? -1 : real.pread(fd, buf, n, at);
}

static ssize_t failing_pwrite(int fd, const void *buf, size_t n, off_t at)
{
	return fails() ? -1 : real.pwrite(fd, buf, n, at);
}

static int failing_ftruncate(int fd, off_t size)
{
	return fails() ? -1 : real.ftruncate(fd, size);
}

static ssize_t last_pwrite(int fd, const void *buf, size_t n, off_t at)
{
	if (fails())
		_exit(1);
	return real.pwrite(fd, buf, n, at);
}

static int last_ftruncate(int fd, off_t size)
{
	if (fails())
		_exit(1);
	return real.ftruncate(fd, size);
}

/* A second save fails somewhere; what is loaded then is one of the two. */
static void a_saving_that_fails_leaves_nothing_wrong(void **state)
{
	(void)state;
	real = fileio;
	for (fail_at = 1, call = 0; call + 1 >= fail_at; fail_at++) {
		index_cut(&ix, 0);
		add(500);
		index_save(&ix);
		reopen(0);
		fileio.pwrite = failing_pwrite;
		fileio.ftruncate = failing_ftruncate;
		call = 0;
		index_cut(&ix, 100);
		ix.octets = 8000;
		add(600);
		has_made(700);
		index_save(&ix);
		fileio = real;
		has_made(700);
		index_close(&ix);
		open_index(&ix, path, "box");
		assert_int_equal(index_load(&ix), 0);
		has_made(ix.count == 500 ? 500 : 700);
	}
	assert_true(fail_at > 10);
}

/* Killed at any call of a save, what was saved before is there and whole. */
static off_t file_size(void)
{
	struct stat st;

	assert_int_equal(fstat(ix.blocks.fd, &st), 0);
	return st.st_size;
}

/* Messages are removed, or a scan finds fewer. */
static void the_file_shrinks_with_the_mailbox(void **state)
{
	static const uint32_t left[] = {0, 1, 100, 3000};
	const uint32_t many = 20000;
	off_t large;
	size_t i;
	int anew;

	(void)state;
	for (anew = 0; anew < 2; anew++) {
		for (i = 0; i < LENGTH(left); i++) {
			add(many - ix.count);
			assert_int_equal(index_save(&ix), 0);
			large = file_size();
			assert_true(large >= (off_t)many * 64);
			if (anew) {
				index_cut(&ix, 0);
				add(left[i]);
			} else {
				index_cut(&ix, left[i]);
				ix.octets = 80 * (int64_t)left[i];
			}
			assert_int_equal(index_save(&ix), 0);
			assert_true(file_size() <=
			            4 * ((off_t)left[i] * 64 + 8192 * 9));
			reopen(0);
			has_made(left[i]);
		}
	}
}

static void a_file_far_too_large_is_emptied(void **state)
{
	const off_t mailbox = 1 << 20, most = (36 << 20);

	(void)state;
	add(1000);
	assert_int_equal(index_save(&ix), 0);
	assert_int_equal(ftruncate(ix.blocks.fd, most), 0);
	index_close(&ix);
	open_index(&ix, path, "box");
	index_fit(&ix, mailbox);
	assert_int_equal(index_load(&ix), 0);
	has_made(1000);
	assert_int_equal(ftruncate(ix.blocks.fd, most + 8192), 0);
	index_close(&ix);
	open_index(&ix, path, "box");
	index_fit(&ix, mailbox);
	assert_int_equal(file_size(), 0);
	assert_int_equal(index_load(&ix), -1);
	add(10);
	assert_int_equal(index_save(&ix), 0);
	reopen(0);
	has_made(10);
}

static void a_killed_process_leaves_what_was_saved(void **state)
{
	pid_t child;
	int status;

	(void)state;
	real = fileio;
	for (fail_at = 1, ix.count = 0; ix.count != 700; fail_at++) {
		index_cut(&ix, 0);
		add(500);
		assert_int_equal(index_save(&ix), 0);
		reopen(0);
		call = 0;
		child = fork();
		if (child == 0) {
			fileio.pwrite = last_pwrite;
			fileio.ftruncate = last_ftruncate;
			index_cut(&ix, 100);
			ix.octets = 8000;
			add(600);
			_exit(index_save(&ix) < 0 ? 2 : 0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
		index_close(&ix);
		open_index(&ix, path, "box");
		assert_int_equal(index_load(&ix), 0);
		has_made(ix.count == 500 ? 500 : 700);
	}
	assert_true(fail_at > 8);
}

/* If the list is lost, the highest number is still known. */
static void the_highest_number_of_a_duplicate_stays(void **state)
{
	struct mbox_message m = make(0);
	int fd;

	(void)state;
	m.duplicate = 41;
	assert_int_equal(index_put(&ix, 0, &m), 0);
	index_cut(&ix, 0);
	add(100);
	assert_int_equal(index_save(&ix), 0);
	reopen(0);
	assert_int_equal(ix.highest_duplicate, 41);
	assert_false(ix.damaged);
	fd = open_file();
	assert_int_equal(pwrite(fd, "x", 1, 3 * BLOCKFILE_OCTETS), 1);
	assert_int_equal(close(fd), 0);
	reopen(-1);
	assert_int_equal(ix.highest_duplicate, 41);
	assert_true(ix.damaged);
	add(10);
	assert_int_equal(index_save(&ix), 0);
	assert_false(ix.damaged);
}

static void a_read_that_fails_is_told(void **state)
{
	int failed = 0;
	uint32_t i;

	(void)state;
	real = fileio;
	add(500);
	index_save(&ix);
	for (fail_at = 1, call = 0; call + 1 >= fail_at; fail_at++) {
		index_close(&ix);
		open_index(&ix, path, "box");
		fileio.pread = failing_pread;
		call = 0;
		if (index_load(&ix) < 0)
			failed++;
		for (i = 0; i < ix.count; i++)
			if (index_get(&ix, i, &(struct mbox_message){0}) < 0)
				failed++;
		fileio = real;
	}
	assert_int_equal(failed, fail_at - 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_index_holds_nothing),
		TEST(what_was_saved_is_there),
		TEST(it_works_without_a_file),
		TEST(it_can_be_cut_and_grow_at_any_border),
		TEST(the_pseudo_message_and_marks_are_counted),
		TEST(a_flagged_message_is_looked_for_in_its_group),
		TEST(what_cannot_be_kept_is_refused),
		TEST(each_octet_of_the_header_counts),
		TEST(another_order_of_octets_is_refused),
		TEST(a_file_of_any_octets_is_harmless),
		TEST(a_damaged_message_is_not_returned),
		TEST(an_impossible_message_is_not_returned),
		TEST(what_is_void_keeps_only_the_messages),
		TEST(the_filters_miss_nothing_whatever_moves),
		TEST(a_message_put_again_leaves_the_filter),
		TEST(the_filters_say_no_to_most_others),
		TEST(a_saving_that_fails_leaves_nothing_wrong),
		TEST(the_file_shrinks_with_the_mailbox),
		TEST(a_file_far_too_large_is_emptied),
		TEST(a_killed_process_leaves_what_was_saved),
		TEST(the_highest_number_of_a_duplicate_stays),
		TEST(a_read_that_fails_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

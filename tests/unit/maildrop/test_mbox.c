/* SPDX-License-Identifier: ISC */
#include "box.h"

#include <errno.h>

#include "base/fileio.h"
#include "base/lock.h"

static void an_empty_mailbox_is_empty(void **state)
{
	(void)state;
	scan_box("");
	assert_int_equal(m.index.count, 0);
}

static void the_messages_are_found(void **state)
{
	(void)state;
	scan_box(ALL);
	assert_int_equal(m.index.count, 3);
	assert_int_equal(message(0).start, 1);
	assert_int_equal(message(1).start, sizeof(LEADING ONE) - 1);
	assert_int_equal(message(2).start, sizeof(LEADING ONE TWO) - 1);
	assert_int_equal(message(2).end, sizeof(ALL) - 1);
	assert_int_equal(m.seen.st_size, sizeof(ALL) - 1);
}

static void what_is_no_mbox_is_told(void **state)
{
	(void)state;
	deliver("hello\n", 0);
	assert_int_equal(open_box("box"), MBOX_OK);
	assert_int_equal(mbox_scan(&m, false), MBOX_NOT_MBOX);
	box_holds("hello\n");
}

static void the_lock_of_another_is_waited_for_and_told(void **state)
{
	int other;

	(void)state;
	scan_box(ALL);
	other = openat(dir, "box", O_RDWR | O_CLOEXEC);
	assert_int_equal(lock_file(other, LOCK_EXCLUSIVE, 0), 0);
	assert_int_equal(mbox_scan(&m, false), MBOX_BUSY);
	assert_int_equal(try_read(0), MBOX_BUSY);
	assert_int_equal(try_remove(1), MBOX_BUSY);
	unlock_file(other);
	assert_int_equal(lock_file(other, LOCK_SHARED, 0), 0);
	assert_int_equal(try_read(0), MBOX_OK);
	assert_int_equal(try_remove(1), MBOX_BUSY);
	assert_int_equal(close(other), 0);
	box_holds(ALL);
}

static void no_lock_is_left_behind(void **state)
{
	int other;

	(void)state;
	scan_box(ALL);
	other = openat(dir, "box", O_RDWR | O_CLOEXEC);
	assert_int_equal(lock_file(other, LOCK_EXCLUSIVE, 0), 0);
	unlock_file(other);
	assert_int_equal(try_read(0), MBOX_OK);
	assert_int_equal(lock_file(other, LOCK_EXCLUSIVE, 0), 0);
	unlock_file(other);
	assert_int_equal(try_remove(2), MBOX_OK);
	assert_int_equal(lock_file(other, LOCK_EXCLUSIVE, 0), 0);
	assert_int_equal(close(other), 0);
}

static void its_growth_since_the_scan_is_counted(void **state)
{
	(void)state;
	assert_int_equal(mbox_size(&m), 0);
	assert_int_equal(mbox_growth(&m), 0);
	scan_box(ALL);
	assert_int_equal(mbox_size(&m), sizeof(ALL) - 1);
	assert_int_equal(mbox_growth(&m), 0);
	deliver("\n" ONE, O_APPEND);
	assert_int_equal(mbox_size(&m) + mbox_growth(&m), sizeof(ALL ONE));
}

static void duplicates_are_numbered_in_their_order(void **state)
{
	static const uint32_t want[] = {1, 1, 2, 0, 2, 3};
	size_t i;

	(void)state;
	scan_box(ONE TWO ONE THREE "\n" TWO ONE);
	assert_int_equal(m.index.count, 6);
	for (i = 0; i < LENGTH(want); i++)
		assert_int_equal(message(i).duplicate, want[i]);
}

/* The number of the call that fails; 0: none does. */
static int fail_at, call;
static struct fileio real;

static int fails(void)
{
	if (++call != fail_at)
		return 0;
	errno = EIO;
	return 1;
}

static ssize_t faulty_pread(int fd, void *buf, size_t n, off_t at)
{
	return fails() ? -1 : real.pread(fd, buf, n, at);
}

static int faulty_fstat(int fd, struct stat *st)
{
	return fails() ? -1 : real.fstat(fd, st);
}

static int faulty_lock(int fd, struct flock *l)
{
	return l->l_type != F_UNLCK && fails() ? -1 : real.lock(fd, l);
}

static int faulty_ftruncate(int fd, off_t size)
{
	return fails() ? -1 : real.ftruncate(fd, size);
}

/* Lists the mailbox, and changes an octet in the file of its index. */
static void damage_index(void)
{
	char octet = 0;
	int fd;

	open_index(&m.index, path, "box");
	scan_box(ALL);
	assert_int_equal(index_load(&m.index), 0);
	fd = openat(dir, "box.index", O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, &octet, 1, 2 * BLOCKFILE_OCTETS), 1);
	octet = (char)~octet;
	assert_int_equal(pwrite(fd, &octet, 1, 2 * BLOCKFILE_OCTETS), 1);
	assert_int_equal(close(fd), 0);
}

static void a_damaged_index_is_made_anew(void **state)
{
	(void)state;
	damage_index();
	assert_int_equal(message(1).start, sizeof(LEADING ONE) - 1);
	message_is(0, "Subject: one\n\nfirst\n");
	message_is(1, "Subject: two\n\nsecond\n");
	assert_int_equal(try_remove(1), MBOX_OK);
	box_holds(LEADING TWO THREE);
}

/* The numbers may belong to other messages now. */
static void no_index_is_made_anew_of_another_mailbox(void **state)
{
	struct mbox_message ret;

	(void)state;
	damage_index();
	change(LEADING ONE THREE TWO, 0);
	assert_int_equal(mbox_message(&m, 1, &ret), MBOX_ERROR);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(try_remove(2), MBOX_ERROR);
	box_holds(LEADING ONE THREE TWO);
}

/* The session counts three messages; the new list would have two. */
static void an_index_that_comes_out_otherwise_lists_nothing(void **state)
{
	struct mbox_message ret;

	(void)state;
	damage_index();
	deliver(LEADING ONE TWO, O_TRUNC);
	assert_int_equal(fstatat(dir, "box", &m.seen, 0), 0);
	assert_int_equal(mbox_message(&m, 1, &ret), MBOX_ERROR);
	assert_int_equal(mbox_message(&m, 1, &ret), MBOX_ERROR);
	assert_int_equal(try_read(0), MBOX_ERROR);
	assert_int_equal(try_remove(1), MBOX_ERROR);
}

static enum mbox_status whole_use(void)
{
	struct mbox_window w;
	off_t at = 0;
	enum mbox_status status;

	status = open_box("box");
	if (status == MBOX_OK)
		status = mbox_scan(&m, false);
	do {
		if (status == MBOX_OK)
			status = read_on(2, &at, &w);
	} while (status == MBOX_OK && w.n);
	if (status == MBOX_OK)
		status = try_remove(4);
	return status;
}

/* The next login: it finishes the removal if that had begun. */
static enum recovery log_in_again(void)
{
	enum recovery ret = RECOVERY_NOTHING;

	mbox_close(&m);
	journal_close(&journal);
	assert_int_equal(open_journal(&journal, path, "box", 0), 0);
	assert_int_equal(open_box("box"), MBOX_OK);
	if (!record_idle(&journal))
		assert_int_equal(mbox_recover(&m, &journal, &ret), MBOX_OK);
	mbox_close(&m);
	return ret;
}

/* Some failures change nothing: a call is made again, or was a hint. */
static void each_call_that_fails_is_told(void **state)
{
	enum mbox_status status;
	char *big = malloc(600000);

	(void)state;
	assert_non_null(big);
	(void)sprintf(big, "%s%s%s\nX: %0300000d\n\n%0200000d\n", LEADING,
	              ONE TWO, F "Y: z", 1, 2);
	real = fileio;
	for (fail_at = 1; fail_at <= call + 1; fail_at++) {
		assert_true(fail_at < 1000);
		deliver(big, O_TRUNC);
		call = 0;
		fileio.pread = faulty_pread;
		fileio.fstat = faulty_fstat;
		fileio.lock = faulty_lock;
		fileio.ftruncate = faulty_ftruncate;
		status = whole_use();
		fileio = real;
		if (status != MBOX_OK) {
			assert_int_equal(status, MBOX_ERROR);
			assert_int_equal(errno, EIO);
		}
		if (log_in_again() == RECOVERY_DONE || status == MBOX_OK)
			box_holds(LEADING ONE TWO);
		else
			box_holds(big);
	}
	assert_int_equal(status, MBOX_OK);
	assert_true(fail_at > 10);
	free(big);
}

static ssize_t cut_pread(int fd, void *buf, size_t n, off_t at)
{
	(void)fd;
	(void)buf;
	(void)n;
	(void)at;
	return 0;
}

static void a_file_cut_under_the_lock_is_an_error(void **state)
{
	(void)state;
	deliver(ALL, 0);
	assert_int_equal(open_box("box"), MBOX_OK);
	real = fileio;
	fileio.pread = cut_pread;
	assert_int_equal(mbox_scan(&m, false), MBOX_ERROR);
	fileio = real;
}

/* A hole, which reads as NULs, is one line of 5 GiB; a message follows. */
static void offsets_past_4_gib_work(void **state)
{
	static const char behind[] = "\n\n" F "Subject: far\n\nbehind\n";
	const off_t far = INT64_C(5) << 30;
	struct stat st;
	int fd;

	(void)state;
	deliver(F "Subject: near\n\n", O_TRUNC);
	fd = openat(dir, "box", O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, behind, sizeof(behind) - 1, far),
	                 sizeof(behind) - 1);
	assert_int_equal(close(fd), 0);
	assert_int_equal(open_box("box"), MBOX_OK);
	assert_int_equal(mbox_scan(&m, false), MBOX_OK);
	assert_int_equal(m.index.count, 2);
	assert_int_equal(message(1).start, far + 2);
	assert_int_equal(message(0).octets, far + 1 - 34 + 3);
	message_is(1, "Subject: far\n\nbehind\n");
	assert_int_equal(try_remove(2), MBOX_OK);
	assert_int_equal(fstat(m.fd, &st), 0);
	assert_int_equal(st.st_size, far + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOX_TEST(an_empty_mailbox_is_empty),
		BOX_TEST(the_messages_are_found),
		BOX_TEST(what_is_no_mbox_is_told),
		BOX_TEST(the_lock_of_another_is_waited_for_and_told),
		BOX_TEST(no_lock_is_left_behind),
		BOX_TEST(its_growth_since_the_scan_is_counted),
		BOX_TEST(duplicates_are_numbered_in_their_order),
		BOX_TEST(a_damaged_index_is_made_anew),
		BOX_TEST(no_index_is_made_anew_of_another_mailbox),
		BOX_TEST(an_index_that_comes_out_otherwise_lists_nothing),
		BOX_TEST(each_call_that_fails_is_told),
		BOX_TEST(a_file_cut_under_the_lock_is_an_error),
		cmocka_unit_test_setup_teardown(offsets_past_4_gib_work,
	                                        begin_in_memory, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

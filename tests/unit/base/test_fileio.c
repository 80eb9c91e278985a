/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>

#include "base/fileio.h"

#define ALL 1000LL

/* What the functions below do in place of the calls, and how often */
static struct {
	int interrupted; /* the first calls, which fail with EINTR */
	size_t most;     /* octets that a call moves */
	int error;       /* errno of the call after that many octets */
	off_t behind;
	int count;
} fault;

static const struct fileio real = {.pread = pread, .pwrite = pwrite};

static int stop(off_t at)
{
	fault.count++;
	errno = fault.error;
	if (fault.interrupted > 0) {
		fault.interrupted--;
		errno = EINTR;
		return -1;
	}
	return fault.error && at >= fault.behind ? -1 : 0;
}

static ssize_t short_pread(int fd, void *buf, size_t n, off_t at)
{
	if (stop(at) < 0)
		return -1;
	return real.pread(fd, buf, n < fault.most ? n : fault.most, at);
}

static ssize_t short_pwrite(int fd, const void *buf, size_t n, off_t at)
{
	if (stop(at) < 0)
		return -1;
	return real.pwrite(fd, buf, n < fault.most ? n : fault.most, at);
}

static struct fileio saved;
static char text[ALL];

static int begin(void **state)
{
	size_t i;

	(void)state;
	saved = fileio;
	fileio.pread = short_pread;
	fileio.pwrite = short_pwrite;
	memset(&fault, 0, sizeof(fault));
	fault.most = ALL;
	for (i = 0; i < ALL; i++)
		text[i] = (char)(i * 7);
	return 0;
}

static int end(void **state)
{
	(void)state;
	fileio = saved;
	return 0;
}

static void short_reads_go_on_to_the_end(void **state)
{
	int fd = support_file(text, ALL);
	char buf[ALL + 10];

	(void)state;
	for (fault.most = 1; fault.most < 2 * ALL; fault.most *= 3) {
		fault.interrupted = 3;
		assert_int_equal(fileio_pread(fd, buf, ALL, 0), ALL);
		assert_memory_equal(buf, text, ALL);
		assert_int_equal(fileio_pread(fd, buf, 500, 100), 500);
		assert_memory_equal(buf, text + 100, 500);
		assert_int_equal(fileio_pread(fd, buf, sizeof(buf), 0), ALL);
		assert_int_equal(fileio_pread(fd, buf, 10, ALL - 4), 4);
		assert_int_equal(fileio_pread(fd, buf, 10, ALL), 0);
		assert_int_equal(fileio_pread(fd, buf, 10, ALL * 2), 0);
	}
	assert_int_equal(close(fd), 0);
}

static void nothing_is_read_where_nothing_is_wanted(void **state)
{
	char buf[1];

	(void)state;
	assert_int_equal(fileio_pread(-1, buf, 0, 0), 0);
	assert_int_equal(fileio_pwrite(-1, buf, 0, 0), 0);
}

static void an_error_of_reading_is_returned(void **state)
{
	int fd = support_file(text, ALL);
	char buf[ALL];

	(void)state;
	fault.most = 10;
	fault.error = EIO;
	fault.behind = 50;
	errno = 0;
	assert_int_equal(fileio_pread(fd, buf, ALL, 0), -1);
	assert_int_equal(errno, EIO);
	assert_int_equal(fault.count, 6);
	assert_int_equal(close(fd), 0);
}

static void short_writes_go_on_to_the_end(void **state)
{
	int fd = support_file("", 0);

	(void)state;
	for (fault.most = 1; fault.most < 2 * ALL; fault.most *= 3) {
		fault.interrupted = 3;
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(fileio_pwrite(fd, text, ALL, 0), 0);
		support_holds(fd, text, ALL);
		assert_int_equal(fileio_pwrite(fd, text, 300, 200), 0);
		assert_int_equal(fileio_pwrite(fd, text + 200, 300, 200), 0);
		support_holds(fd, text, ALL);
	}
	assert_int_equal(close(fd), 0);
}

static void an_error_of_writing_is_returned(void **state)
{
	int fd = support_file("", 0);

	(void)state;
	fault.most = 10;
	fault.error = ENOSPC;
	fault.behind = 50;
	errno = 0;
	assert_int_equal(fileio_pwrite(fd, text, ALL, 0), -1);
	assert_int_equal(errno, ENOSPC);
	support_holds(fd, text, 50);
	assert_int_equal(close(fd), 0);
}

static void a_write_of_nothing_is_an_error_and_no_loop(void **state)
{
	int fd = support_file("", 0);

	(void)state;
	fault.most = 0;
	errno = 0;
	assert_int_equal(fileio_pwrite(fd, text, ALL, 0), -1);
	assert_int_equal(errno, EIO);
	assert_int_equal(close(fd), 0);
}

static void the_table_holds_the_system_s_calls(void **state)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct stat st;
	int fd = support_file(text, ALL);

	(void)state;
	fileio = saved;
	assert_int_equal(fileio.fstat(fd, &st), 0);
	assert_int_equal(st.st_size, ALL);
	assert_int_equal(fileio.lock(fd, &l), 0);
	assert_int_equal(fileio.fallocate(fd, 0, 0, 2L * ALL), 0);
	assert_int_equal(fileio.ftruncate(fd, 500), 0);
	assert_int_equal(fileio.fdatasync(fd), 0);
	assert_int_equal(fileio.fsync(fd), 0);
	assert_int_equal(fileio.pwrite(fd, text + 500, 500, 500), 500);
	support_holds(fd, text, ALL);
	assert_int_equal(close(fd), 0);
	assert_int_equal(fileio.lock(fd, &l), -1);
	assert_int_equal(errno, EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(short_reads_go_on_to_the_end,
	                                        begin, end),
		cmocka_unit_test_setup_teardown(
			nothing_is_read_where_nothing_is_wanted, begin, end),
		cmocka_unit_test_setup_teardown(an_error_of_reading_is_returned,
	                                        begin, end),
		cmocka_unit_test_setup_teardown(short_writes_go_on_to_the_end,
	                                        begin, end),
		cmocka_unit_test_setup_teardown(an_error_of_writing_is_returned,
	                                        begin, end),
		cmocka_unit_test_setup_teardown(
			a_write_of_nothing_is_an_error_and_no_loop, begin, end),
		cmocka_unit_test_setup_teardown(
			the_table_holds_the_system_s_calls, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>

#include "base/textfile.h"

static char *directory;
static char path[128];
static char text[TEXTFILE_MAX + 1];

static int begin(void **state)
{
	(void)state;
	directory = support_directory("/tmp");
	(void)snprintf(path, sizeof(path), "%s/file", directory);
	return 0;
}

static int end(void **state)
{
	(void)state;
	support_remove(directory);
	return 0;
}

/* Reads a file that holds these octets. */
static const char *read_file_of(const void *octets, size_t n, size_t *ret)
{
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	support_write(fd, octets, n);
	assert_int_equal(close(fd), 0);
	memset(text, 'x', sizeof(text));
	errno = 0;
	return textfile_read(path, text, ret);
}

static void a_file_is_read_whole_and_ends_with_a_nul(void **state)
{
	static const struct {
		const char *octets;
		size_t n;
	} cases[] = {{"", 0}, {"a line\n", 7}, {"a\0b", 3}};
	size_t i, n;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		assert_null(read_file_of(cases[i].octets, cases[i].n, &n));
		assert_int_equal(n, cases[i].n);
		assert_memory_equal(text, cases[i].octets, n + 1);
	}
}

static void a_file_of_64_kib_is_read_and_a_larger_one_refused(void **state)
{
	static char octets[TEXTFILE_MAX + 1];
	size_t n;

	(void)state;
	memset(octets, 'a', sizeof(octets));
	assert_null(read_file_of(octets, TEXTFILE_MAX, &n));
	assert_int_equal(n, TEXTFILE_MAX);
	assert_memory_equal(text, octets, n);
	assert_int_equal(text[n], '\0');
	assert_string_equal(read_file_of(octets, TEXTFILE_MAX + 1, &n),
	                    "larger than 64 KiB");
	assert_int_equal(errno, EFBIG);
	assert_int_equal(n, TEXTFILE_MAX);
	assert_memory_equal(text, octets, n);
	assert_int_equal(text[n], '\0');
}

static void assert_problem(const char *file, const char *problem, int error)
{
	size_t n = 1;

	*text = 'x';
	errno = 0;
	assert_string_equal(textfile_read(file, text, &n), problem);
	assert_int_equal(errno, error);
	assert_int_equal(n, 0);
	assert_int_equal(*text, '\0');
}

static void a_missing_file_or_one_that_is_not_regular_is_refused(void **state)
{
	(void)state;
	(void)unlink(path);
	assert_problem(path, "No such file or directory", ENOENT);
	assert_problem(directory, "not a regular file", EINVAL);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_problem(path, "not a regular file", EINVAL);
	assert_problem("/proc/self/mem", "Input/output error", EIO);
}

static void a_character_device_is_read(void **state)
{
	size_t n = 1;

	(void)state;
	assert_null(textfile_read("/dev/null", text, &n));
	assert_int_equal(n, 0);
	assert_string_equal(textfile_read("/dev/zero", text, &n),
	                    "larger than 64 KiB");
}

static void no_descriptor_is_left_open(void **state)
{
	const int next = dup(0);
	size_t n;

	(void)state;
	assert_int_equal(close(next), 0);
	(void)textfile_read("/dev/null", text, &n);
	(void)textfile_read("/dev/zero", text, &n);
	(void)textfile_read(directory, text, &n);
	assert_int_equal(dup(0), next);
	assert_int_equal(close(next), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_whole_and_ends_with_a_nul),
		cmocka_unit_test(
			a_file_of_64_kib_is_read_and_a_larger_one_refused),
		cmocka_unit_test(
			a_missing_file_or_one_that_is_not_regular_is_refused),
		cmocka_unit_test(a_character_device_is_read),
		cmocka_unit_test(no_descriptor_is_left_open),
	};

	return cmocka_run_group_tests(tests, begin, end);
}

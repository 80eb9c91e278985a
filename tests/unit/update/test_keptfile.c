/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>

#include "base/digest.h"
#include "update/keptfile.h"

#define ONE "From a@b Thu Jan  2 03:04:05 2020\nSubject: one\n\nfirst\n"
#define TWO "From a@b Thu Jan  2 03:04:05 2020\nSubject: two\n\nsecond\n"

static int fd; /* of the copies */
static off_t end;

static int begin(void **state)
{
	(void)state;
	fd = support_file("", 0);
	end = KEPTFILE_FIRST;
	return keptfile_set_end(fd, end);
}

static int finish(void **state)
{
	(void)state;
	return close(fd);
}

static off_t size_now(void)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_size;
}

static void append(const char *text, const char *id, int64_t time)
{
	const int from = support_file(text, strlen(text));
	const struct keptfile_source source = {
		from, {0, (off_t)strlen(text)}, time, id};
	const off_t was = end;

	assert_int_equal(keptfile_append(fd, &source, &end), 0);
	assert_int_equal(end - was, keptfile_octets(&source));
	assert_int_equal(size_now(), end);
	assert_int_equal(close(from), 0);
}

static int next(off_t at, struct keptfile_copy *c)
{
	return keptfile_next(fd, size_now(), at, c);
}

/* Puts a line with a right CHECK there. */
static void put_line(const char *text, off_t at)
{
	char line[512];
	int n;

	n = snprintf(line, sizeof(line), "%s%016jx\n", text,
	             (uintmax_t)digest_of(text, strlen(text)));
	assert_int_equal(pwrite(fd, line, (size_t)n, at), n);
}

static void holds(const struct keptfile_copy *c, const char *text,
                  const char *id, int64_t time)
{
	char have[128];
	const size_t n = strlen(text);

	assert_int_equal(c->message.end - c->message.start, n);
	assert_int_equal(pread(fd, have, n, c->message.start), n);
	assert_memory_equal(have, text, n);
	assert_string_equal(c->id, id);
	assert_int_equal(c->time, time);
	assert_int_equal(keptfile_is_whole(fd, c), 1);
}

static void copies_are_found_as_they_were_appended(void **state)
{
	struct keptfile_copy c;

	(void)state;
	append(ONE, "an-id", 1234567890);
	append(TWO, "another", INT64_C(17000000000));
	append("", "!", 0);
	assert_int_equal(next(KEPTFILE_FIRST, &c), 1);
	holds(&c, ONE, "an-id", 1234567890);
	assert_int_equal(next(c.message.end, &c), 1);
	holds(&c, TWO, "another", INT64_C(17000000000));
	assert_int_equal(next(c.message.end, &c), 1);
	holds(&c, "", "!", 0);
	assert_int_equal(c.message.end, size_now());
	assert_int_equal(next(c.message.end, &c), 0);
	assert_int_equal(keptfile_find_end(fd, size_now()), size_now());
}

static void the_form_is_what_the_header_says(void **state)
{
	static const char want[] = "onepop-deleted 1 00000000000000000055 ";
	char have[KEPTFILE_FIRST + KEPTFILE_LINE] = "";

	(void)state;
	append(ONE, "id", 7);
	assert_true(pread(fd, have, sizeof(have) - 1, 0) > 0);
	assert_memory_equal(have, want, sizeof(want) - 1);
	assert_int_equal(have[KEPTFILE_FIRST - 1], '\n');
	assert_memory_equal(have + KEPTFILE_FIRST, "deleted 7 54 ", 13);
}

static void a_line_that_is_none_is_no_copy(void **state)
{
	static const char *const lines[] = {
		"deleted 1 0 2d06800538d394c2 ",
		"deleted 1 0 2d06800538d394c2  ",
		"deleted  0 2d06800538d394c2 id ",
		"deleted 1 0 2d06800538d394c2 id",
		"deleted 1 0 2d06800538d394c2 i\177d ",
		"deleted 1 0 2d06800538d394c2 id x ",
		"deleted 1 0 2D06800538d394c2 id ",
		"deleted 1 0 2d06800538d394c id ",
		"deleted 1 0 2d06800538d394c2f id ",
		"deleted -1 0 2d06800538d394c2 id ",
		"deleted 1 +0 2d06800538d394c2 id ",
		"deleted 1 1000 2d06800538d394c2 id ",
		"deleted 1 9223372036854775807 2d06800538d394c2 id ",
		"deleted 1 99999999999999999999 2d06800538d394c2 id ",
		"Deleted 1 0 2d06800538d394c2 id ",
		"deleted",
		"",
	};
	struct keptfile_copy c;
	size_t i;

	(void)state;
	put_line("deleted 1 0 2d06800538d394c2 id ", KEPTFILE_FIRST);
	assert_int_equal(next(KEPTFILE_FIRST, &c), 1);
	assert_int_equal(keptfile_is_whole(fd, &c), 1);
	for (i = 0; i < LENGTH(lines); i++) {
		assert_int_equal(ftruncate(fd, KEPTFILE_FIRST), 0);
		put_line(lines[i], KEPTFILE_FIRST);
		assert_int_equal(next(KEPTFILE_FIRST, &c), 0);
	}
}

static void an_id_has_70_octets_at_most(void **state)
{
	char id[80] = "", line[256];
	struct keptfile_copy c;
	size_t n;

	(void)state;
	for (n = 69; n <= 71; n++) {
		memset(id, 'x', n);
		(void)snprintf(line, sizeof(line),
		               "deleted 1 0 2d06800538d394c2 %s ", id);
		put_line(line, KEPTFILE_FIRST);
		assert_int_equal(next(KEPTFILE_FIRST, &c), n <= 70);
	}
}

/* Whichever octet is changed, the copy is not whole. */
static void each_octet_counts(void **state)
{
	struct keptfile_copy c;
	char octet;
	off_t at;

	(void)state;
	append(ONE, "id", 7);
	append(TWO, "id-2", 8);
	for (at = KEPTFILE_FIRST; at < size_now(); at++) {
		assert_int_equal(pread(fd, &octet, 1, at), 1);
		octet ^= 1;
		assert_int_equal(pwrite(fd, &octet, 1, at), 1);
		assert_true(keptfile_find_end(fd, size_now()) <= at);
		octet ^= 1;
		assert_int_equal(pwrite(fd, &octet, 1, at), 1);
	}
	assert_int_equal(keptfile_find_end(fd, size_now()), size_now());
	assert_int_equal(next(KEPTFILE_FIRST, &c), 1);
}

/* However short the file is, the whole copies are found. */
static void each_length_has_its_end(void **state)
{
	struct keptfile_copy c;
	off_t size, first;

	(void)state;
	append(ONE, "id", 7);
	append(TWO, "id-2", 8);
	assert_int_equal(next(KEPTFILE_FIRST, &c), 1);
	first = c.message.end;
	for (size = end - 1; size >= 0; size--) {
		assert_int_equal(ftruncate(fd, size), 0);
		assert_int_equal(keptfile_find_end(fd, size),
		                 size < first ? KEPTFILE_FIRST : first);
	}
}

static void what_stands_before_the_end_is_not_read_again(void **state)
{
	(void)state;
	append(ONE, "id", 7);
	assert_int_equal(keptfile_set_end(fd, end), 0);
	assert_int_equal(pwrite(fd, "damage", 6, KEPTFILE_FIRST), 6);
	append(TWO, "id-2", 8);
	assert_int_equal(keptfile_find_end(fd, size_now()), end);
}

static void a_first_line_that_is_torn_does_not_count(void **state)
{
	static const char *const lines[] = {
		"onepop-deleted 2 00000000000000000055 ",
		"onepop-deleted 1 00000000000000000054 ",
		"onepop-deleted 1 00000000000000009999 ",
		"onepop-deleted 1 99999999999999999999 ",
		"onepop-deleted 1 0000000000000000005x ",
	};
	size_t i;

	(void)state;
	append(ONE, "id", 7);
	append(TWO, "id-2", 8);
	for (i = 0; i < LENGTH(lines); i++) {
		put_line(lines[i], 0);
		assert_int_equal(keptfile_find_end(fd, size_now()), end);
	}
	assert_int_equal(pwrite(fd, "\0\0\0\0", 4, 20), 4);
	assert_int_equal(keptfile_find_end(fd, size_now()), end);
}

static void a_file_that_cannot_be_read_is_an_error(void **state)
{
	struct keptfile_copy c = {.message = {0, 1}};
	off_t at = 0;

	(void)state;
	assert_int_equal(keptfile_next(-1, 100, 0, &c), -1);
	assert_int_equal(keptfile_is_whole(-1, &c), -1);
	assert_int_equal(keptfile_find_end(-1, 100), -1);
	assert_int_equal(keptfile_set_end(-1, 55), -1);
	assert_int_equal(
		keptfile_append(fd,
	                        &(struct keptfile_source){-1, {0, 9}, 1, "id"},
	                        &at),
		-1);
	assert_int_equal(at, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			copies_are_found_as_they_were_appended, begin, finish),
		cmocka_unit_test_setup_teardown(
			the_form_is_what_the_header_says, begin, finish),
		cmocka_unit_test_setup_teardown(a_line_that_is_none_is_no_copy,
	                                        begin, finish),
		cmocka_unit_test_setup_teardown(an_id_has_70_octets_at_most,
	                                        begin, finish),
		cmocka_unit_test_setup_teardown(each_octet_counts, begin,
	                                        finish),
		cmocka_unit_test_setup_teardown(each_length_has_its_end, begin,
	                                        finish),
		cmocka_unit_test_setup_teardown(
			what_stands_before_the_end_is_not_read_again, begin,
			finish),
		cmocka_unit_test_setup_teardown(
			a_first_line_that_is_torn_does_not_count, begin,
			finish),
		cmocka_unit_test_setup_teardown(
			a_file_that_cannot_be_read_is_an_error, begin, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

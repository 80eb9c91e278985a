/* SPDX-License-Identifier: ISC */
/* Wraps: fileio_buffer malloc */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

#include "base/fileio.h"
#include "base/statefile.h"
#include "fails.h"
#include "maildrop/adopted.h"

FAILS(fileio_buffer, void *, (size_t n), (n), NULL)
FAILS(malloc, void *, (size_t n), (n), NULL)

/* Own ids, in order. */
#define A "2aaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "aaaaaaaaaaaaaaaaaaaaaaaaaa"
#define C "aaaaaaaaaaaaaaaaaaaaaaaaab"
#define D "zzzzzzzzzzzzzzzzzzzzzzzzzz"

#define PAIRS                                                                  \
	A "\told-1\n" B "\told-2\n" B "-10\told-4\n" B "-2\told-3\n" C         \
	  "\told-2\n" D "\t!~\n"

#define TEN     "0123456789"
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN

#define HUNDREDS SEVENTY SEVENTY SEVENTY SEVENTY SEVENTY SEVENTY SEVENTY

static char *path;
static int dir;
static struct adopted a;

static int begin(void **state)
{
	(void)state;
	path = support_directory("/tmp");
	dir = statefile_directory(path);
	return dir < 0;
}

static int end(void **state)
{
	(void)state;
	adopted_free(&a);
	(void)close(dir);
	support_remove(path);
	return 0;
}

static void put(const void *text, size_t n)
{
	int fd = openat(dir, "box.uidl", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	support_write(fd, text, n);
	assert_int_equal(close(fd), 0);
}

/* Returns the file with these lines; *ret is its octets. */
static char *make(const char *pairs, uint32_t count, size_t *ret)
{
	char *text = malloc(ADOPTED_HEADER + strlen(pairs) + 1);

	assert_non_null(text);
	*ret = adopted_header(text, "popa3d", count, pairs, strlen(pairs));
	memcpy(text + *ret, pairs, strlen(pairs) + 1);
	*ret += strlen(pairs);
	return text;
}

static int open_with(const char *pairs, uint32_t count)
{
	size_t n;
	char *text = make(pairs, count, &n);

	put(text, n);
	free(text);
	adopted_free(&a);
	return adopted_open(&a, dir, "box");
}

/* The digest fits, so nothing but a look at each line shows it. */
static void assert_refused(const char *pairs, uint32_t count)
{
	assert_int_equal(open_with(pairs, count), 0);
	assert_false(adopted_check(&a));
}

static void assert_old(const char *own, const char *old)
{
	struct adopted_pair pair;

	if (!old) {
		assert_false(adopted_find(&a, own, strlen(own), &pair));
		return;
	}
	assert_true(adopted_find(&a, own, strlen(own), &pair));
	assert_int_equal(pair.own_n, strlen(own));
	assert_memory_equal(pair.own, own, pair.own_n);
	assert_int_equal(pair.old_n, strlen(old));
	assert_memory_equal(pair.old, old, pair.old_n);
}

static void assert_all(void)
{
	assert_old(A, "old-1");
	assert_old(B, "old-2");
	assert_old(B "-2", "old-3");
	assert_old(B "-10", "old-4");
	assert_old(C, "old-2");
	assert_old(D, "!~");
	assert_old(A "-2", NULL);
	assert_old(B "-1", NULL);
	assert_old(B "-100", NULL);
	assert_old("aaaaaaaaaaaaaaaaaaaaaaaaac", NULL);
	assert_old("22222222222222222222222222", NULL);
	assert_old(D "-4294967295", NULL);
}

static void each_pair_is_found_and_no_other(void **state)
{
	(void)state;
	assert_int_equal(open_with(PAIRS, 6), 0);
	assert_int_equal(a.count, 6);
	assert_string_equal(a.format, "popa3d");
	assert_true(adopted_check(&a));
	assert_all();
}

static void no_file_has_no_pair(void **state)
{
	(void)state;
	assert_int_equal(adopted_open(&a, dir, "box"), 0);
	assert_int_equal(a.count, 0);
	assert_old(A, NULL);
}

static void a_file_without_pairs_is_fine(void **state)
{
	(void)state;
	assert_int_equal(open_with("", 0), 0);
	assert_int_equal(a.count, 0);
	assert_true(adopted_check(&a));
	assert_old(A, NULL);
}

/* A bit's damage is refused, or changes no answer. */
static void damage_in_any_octet_serves_nothing_wrong(void **state)
{
	size_t n, i;
	char *text = make(PAIRS, 6, &n);
	unsigned int value, fine = 0;
	char was;
	int fd;

	(void)state;
	put(text, n);
	fd = openat(dir, "box.uidl", O_RDWR);
	assert_true(fd >= 0);
	for (i = 0; i < n; i++) {
		was = text[i];
		for (value = 0; value < 256; value++) {
			if ((char)value == was)
				continue;
			text[i] = (char)value;
			assert_int_equal(pwrite(fd, &text[i], 1, (off_t)i), 1);
			adopted_free(&a);
			if (adopted_read(&a, fd) < 0) {
				assert_int_equal(errno, EBADMSG);
				continue;
			}
			fine++;
			assert_all();
		}
		text[i] = was;
		assert_int_equal(pwrite(fd, &was, 1, (off_t)i), 1);
	}
	(void)close(fd);
	/* The format's name, of 38 octets, and a count of one digit: no answer
	   depends on them. */
	assert_int_equal(fine, 6 * 37 + 9);
	free(text);
}

static void a_file_of_any_other_length_is_refused(void **state)
{
	size_t n, i;
	char *text = make(PAIRS, 6, &n);

	(void)state;
	for (i = 0; i < n; i++) {
		put(text, i);
		assert_int_equal(adopted_open(&a, dir, "box"), -1);
		assert_int_equal(errno, EBADMSG);
	}
	put(text, n + 1); /* the NUL */
	assert_int_equal(adopted_open(&a, dir, "box"), -1);
	assert_int_equal(errno, EBADMSG);
	free(text);
}

static void lines_out_of_order_are_refused(void **state)
{
	(void)state;
	assert_refused(B "\tx\n" A "\ty\n", 2);
	assert_refused(B "-2\tx\n" B "-10\ty\n", 2);
	assert_refused(B "\tx\n" B "\tx\n", 2);
	assert_refused(B "\tx\n" B "\ty\n", 2);
}

static void a_wrong_count_is_refused(void **state)
{
	(void)state;
	assert_refused(PAIRS, 5);
	assert_refused(PAIRS, 7);
	assert_refused(PAIRS, 0);
	assert_refused(PAIRS, UINT32_MAX);
	assert_refused("", 1);
}

static void ids_have_their_form(void **state)
{
	static const char *const wrong[] = {
		"\n",
		"\t\n",
		"x\ty\n",
		A "\n",
		A "\t\n",
		A "\tx",
		A "\tx\ty\n",
		A "\tx y\n",
		A "\t\x7f\n",
		A "\t\x80\n",
		A "\t" SEVENTY "0\n",
		A "\t" A "\n",   /* an own id */
		A "\t" B "-2\n", /* the same */
		"A" A "\tx\n",
		"1aaaaaaaaaaaaaaaaaaaaaaaaa\tx\n",
		"Aaaaaaaaaaaaaaaaaaaaaaaaaa\tx\n",
		A "-\tx\n",
		A "-0\tx\n",
		A "-1\tx\n",
		A "-02\tx\n",
		A "-2x\tx\n",
		A "+2\tx\n",
		A "-4294967296\tx\n",
		A "-99999999999\tx\n",
		" " A "\tx\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(wrong); i++)
		assert_refused(wrong[i], 1);
	assert_int_equal(open_with(A "-4294967295\t" SEVENTY "\n", 1), 0);
	assert_true(adopted_check(&a));
	assert_old(A "-4294967295", SEVENTY);
	/* Nearly own ids are an old server's. */
	assert_int_equal(open_with(A "\t" B "-1\n", 1), 0);
	assert_true(adopted_check(&a));
	assert_int_equal(open_with(A "\t" B "a\n", 1), 0);
	assert_true(adopted_check(&a));
	assert_int_equal(open_with(A "\taaaaaaaaaaaaaaaaaaaaaaaaa\n", 1), 0);
	assert_true(adopted_check(&a));
}

static void only_a_safe_file_of_ours_is_read(void **state)
{
	(void)state;
	assert_int_equal(open_with(PAIRS, 6), 0);
	adopted_free(&a);
	assert_int_equal(linkat(dir, "box.uidl", dir, "other", 0), 0);
	assert_int_equal(adopted_open(&a, dir, "box"), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(unlinkat(dir, "other", 0), 0);
	assert_int_equal(fchmodat(dir, "box.uidl", 0620, 0), 0);
	assert_int_equal(adopted_open(&a, dir, "box"), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(renameat(dir, "box.uidl", dir, "other"), 0);
	assert_int_equal(fchmodat(dir, "other", 0600, 0), 0);
	assert_int_equal(symlinkat("other", dir, "box.uidl"), 0);
	assert_int_equal(adopted_open(&a, dir, "box"), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(unlinkat(dir, "box.uidl", 0), 0);
	assert_int_equal(mkfifoat(dir, "box.uidl", 0600), 0);
	assert_int_equal(adopted_open(&a, dir, "box"), -1);
	assert_int_equal(errno, EPERM);
}

static void a_file_that_is_too_large_is_refused(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(open_with(PAIRS, 6), 0);
	adopted_free(&a);
	fd = openat(dir, "box.uidl", O_WRONLY);
	assert_int_equal(ftruncate(fd, (off_t)ADOPTED_MOST + 1), 0);
	(void)close(fd);
	assert_int_equal(adopted_open(&a, dir, "box"), -1);
	assert_int_equal(errno, EBADMSG);
}

static void without_memory_nothing_is_read(void **state)
{
	(void)state;
	assert_int_equal(open_with(PAIRS, 6), 0);
	adopted_free(&a);
	FAIL_NEXT(fileio_buffer, ENOMEM);
	assert_int_equal(adopted_open(&a, dir, "box"), -1);
	assert_int_equal(errno, ENOMEM);
}

static void without_memory_for_starts_all_are_found(void **state)
{
	int i;

	(void)state;
	assert_int_equal(open_with(PAIRS, 6), 0);
	left_malloc = 1000;
	assert_all();
	left_malloc = 0;
	for (i = 0; i < 3; i++)
		assert_all();
}

/* Lines that nobody of us wrote: no search goes beyond them. */
static void lines_of_any_octets_do_no_harm(void **state)
{
	static const char *const lines[] = {
		A "\t" HUNDREDS,
		A "\t" HUNDREDS A "\t" HUNDREDS,
		"\n",
		"x",
		A,
		A "\t",
		A "\tx",
		"\t\t\t\n" A "\t",
		HUNDREDS,
	};
	struct adopted_pair pair;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(lines); i++) {
		assert_int_equal(open_with(lines[i], 3), 0);
		assert_false(adopted_check(&a));
		assert_false(adopted_find(&a, A, 26, &pair));
		assert_false(adopted_find(&a, D, 26, &pair));
		adopted_expect(&a, &(struct uidl){.high = UINT64_MAX}, 1);
	}
	assert_false(adopted_find(&a, A, 25, &pair));
	assert_false(adopted_find(&a, A A, 52, &pair));
}

/* Ids as they are: spread evenly; then all with one beginning. */
static void many_pairs_are_found(void **state)
{
	static char pairs[5000 * 40 + 1];
	const char *letters = "234567abcdefghijklmnopqrstuvwxyz";
	char own[ADOPTED_OWN + 1], old[16];
	unsigned int round, i, k;
	size_t n;

	(void)state;
	for (round = 0; round < 2; round++) {
		n = 0;
		for (i = 0; i < 5000; i++) {
			memset(own, round ? 'q' : '2', 26);
			own[26] = '\0';
			for (k = 0; k < 3; k++)
				own[(round ? 23 : 0) + k] =
					letters[i * 6 >> (5 * (2 - k)) & 31];
			n += (size_t)snprintf(pairs + n, sizeof(pairs) - n,
			                      "%s\told%u\n", own, i);
		}
		assert_int_equal(open_with(pairs, 5000), 0);
		for (i = 0; i < 5000; i++) {
			for (k = 0; k < 3; k++)
				own[(round ? 23 : 0) + k] =
					letters[i * 6 >> (5 * (2 - k)) & 31];
			(void)snprintf(old, sizeof(old), "old%u", i);
			assert_old(own, old);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_pair_is_found_and_no_other,
	                                        begin, end),
		cmocka_unit_test_setup_teardown(no_file_has_no_pair, begin,
	                                        end),
		cmocka_unit_test_setup_teardown(a_file_without_pairs_is_fine,
	                                        begin, end),
		cmocka_unit_test_setup_teardown(
			damage_in_any_octet_serves_nothing_wrong, begin, end),
		cmocka_unit_test_setup_teardown(
			a_file_of_any_other_length_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(lines_out_of_order_are_refused,
	                                        begin, end),
		cmocka_unit_test_setup_teardown(a_wrong_count_is_refused, begin,
	                                        end),
		cmocka_unit_test_setup_teardown(ids_have_their_form, begin,
	                                        end),
		cmocka_unit_test_setup_teardown(
			only_a_safe_file_of_ours_is_read, begin, end),
		cmocka_unit_test_setup_teardown(
			a_file_that_is_too_large_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(without_memory_nothing_is_read,
	                                        begin, end),
		cmocka_unit_test_setup_teardown(
			without_memory_for_starts_all_are_found, begin, end),
		cmocka_unit_test_setup_teardown(lines_of_any_octets_do_no_harm,
	                                        begin, end),
		cmocka_unit_test_setup_teardown(many_pairs_are_found, begin,
	                                        end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

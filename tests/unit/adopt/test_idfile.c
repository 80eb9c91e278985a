/* SPDX-License-Identifier: ISC */
/* Wraps: realloc */
#include "support.h"

#include <errno.h>

#include "adopt/idfile.h"
#include "adopt/idlist.h"
#include "fails.h"

FAILS(realloc, void *, (void *p, size_t n), (p, n), NULL)

static struct idfile file;
static struct idlist list;

static int begin(void **state)
{
	(void)state;
	idfile_init(&file);
	idlist_init(&list, "", HEADERKEY_NONE);
	return 0;
}

static int end(void **state)
{
	(void)state;
	idfile_free(&file);
	idlist_free(&list);
	return 0;
}

static const char *take(const char *octets, size_t n, const char *account)
{
	char *copy = malloc(n + 1);

	assert_non_null(copy);
	memcpy(copy, octets, n);
	idfile_free(&file);
	return idfile_take(&file, copy, n, account);
}

static const char *take_text(const char *text)
{
	return take(text, strlen(text), "%u");
}

/* Makes the list of a user; returns how many messages it has. */
static size_t list_of(const char *account)
{
	const struct idfile_user *u = idfile_find(&file, account);

	assert_non_null(u);
	idlist_free(&list);
	assert_int_equal(idfile_list(&file, u, &list), 0);
	return list.n;
}

static void lines_are_messages_in_order(void **state)
{
	(void)state;
	assert_null(take_text("bob\tb1\nbob\tb2\nalice\ta1\n"));
	assert_int_equal(file.n, 2);
	assert_int_equal(file.kind, HEADERKEY_NONE);
	assert_int_equal(list_of("bob"), 2);
	assert_string_equal(list.source, "import");
	assert_int_equal(list.kind, HEADERKEY_NONE);
	assert_string_equal(idlist_id(&list, 0), "b1");
	assert_string_equal(idlist_id(&list, 1), "b2");
	assert_int_equal(list_of("alice"), 1);
	assert_string_equal(idlist_id(&list, 0), "a1");
	assert_null(idfile_find(&file, "aaron"));
	assert_null(idfile_find(&file, "alicf"));
	assert_null(idfile_find(&file, "zoe"));
}

static void a_third_column_is_a_message_id(void **state)
{
	const struct digest128 want = digest_of128("<1@x>", 5);

	(void)state;
	assert_null(take_text("a\t1\t<1@x>\na\t2\t <1\t@x> \r\na\t3\t\n"
	                      "a\t4\t\r\n"));
	assert_int_equal(file.kind, HEADERKEY_MESSAGE_ID);
	assert_int_equal(list_of("a"), 4);
	assert_int_equal(list.kind, HEADERKEY_MESSAGE_ID);
	assert_true(list.entries[0].key.some);
	assert_int_equal(list.entries[0].key.digest.high, want.high);
	assert_int_equal(
		headerkey_compare(&list.entries[0].key, &list.entries[1].key),
		0);
	assert_false(list.entries[2].key.some);
	assert_false(list.entries[3].key.some);
}

static void comments_and_line_ends_do_not_count(void **state)
{
	(void)state;
	assert_null(take_text("# a comment\n\n\r\n#\r\na\t1\r\n\n# x\ty\n"
	                      "a\t2\n#\nb\t3"));
	assert_int_equal(list_of("a"), 2);
	assert_string_equal(idlist_id(&list, 0), "1");
	assert_string_equal(idlist_id(&list, 1), "2");
	assert_int_equal(list_of("b"), 1);
	assert_string_equal(idlist_id(&list, 0), "3");
}

static void a_bad_line_is_told_with_its_number(void **state)
{
	static const struct {
		const char *text, *problem;
	} bad[] = {
		{"", "no line has an id"},
		{"#\n\n", "no line has an id"},
		{"a\t1\na\n", "line 2: it has no tab"},
		{"a 1\n", "line 1: it has no tab"},
		{"\t1\n", "line 1: the first column is no login name"},
		{" a\t1\n", "line 1: the first column is no login name"},
		{".a\t1\n", "line 1: the first column is no login name"},
		{"x/y\t1\n", "line 1: the first column is no login name"},
		{"a\t\n", "line 1: the second column is no id of 1 to 70 "
	                  "printable characters without a blank"},
		{"a\t\t<1>\n", "line 1: the second column is no id of 1 to 70 "
	                       "printable characters without a blank"},
		{"a\t1\n\n#\na\t1\t<1>\n",
	         "line 4: it has another number of columns than the lines "
	         "before"},
		{"a\t1\t<1>\na\t1\n",
	         "line 2: it has another number of columns than the lines "
	         "before"},
		{"a\t1\nb\t1\na\t2\n",
	         "line 3: other users' lines stand between this user's"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(bad); i++)
		assert_string_equal(take_text(bad[i].text), bad[i].problem);
}

static void odd_octets_are_no_name_and_no_id(void **state)
{
	static const char nul[] = "al\0ice\t1\n", nul_id[] = "a\t1\0002\n",
			  high[] = "a\t\xc3\xa9\n", nul_mid[] = "a\t1\t\0<\n";
	char text[200];

	(void)state;
	assert_non_null(take(nul, sizeof(nul) - 1, "%u"));
	assert_non_null(take(nul_id, sizeof(nul_id) - 1, "%u"));
	assert_non_null(take(high, sizeof(high) - 1, "%u"));
	assert_null(take(nul_mid, sizeof(nul_mid) - 1, "%u"));
	(void)snprintf(text, sizeof(text), "a\t%0*d\n", 70, 1);
	assert_null(take_text(text));
	(void)snprintf(text, sizeof(text), "a\t%0*d\n", 71, 1);
	assert_non_null(take_text(text));
	(void)snprintf(text, sizeof(text), "%0*d\t1\n", USERNAME_OCTETS, 1);
	assert_null(take_text(text));
	(void)snprintf(text, sizeof(text), "%0*d\t1\n", USERNAME_OCTETS + 1, 1);
	assert_non_null(take_text(text));
}

static void a_message_id_may_be_long(void **state)
{
	const size_t n = 1 << 20;
	char *text = malloc(n);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', n);
	memcpy(text, "a\t1\t", 4);
	assert_null(take(text, n, "%u"));
	assert_int_equal(list_of("a"), 1);
	free(text);
}

static void a_user_has_a_bounded_number_of_messages(void **state)
{
	const size_t n = (IDLIST_MOST + 1) * strlen("a\t1\n");
	char *text = malloc(n);
	size_t i;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < n; i += 4)
		memcpy(text + i, "a\t1\n", 4);
	assert_null(take(text, n - 4, "%u"));
	assert_int_equal(list_of("a"), IDLIST_MOST);
	assert_string_equal(take(text, n, "%u"),
	                    "line 1000001: this user has too many messages");
	free(text);
}

static void users_are_accounts(void **state)
{
	static const char text[] = "Alice@x\t1\nalice@y\t2\nbob\t3\n";

	(void)state;
	assert_null(take(text, sizeof(text) - 1, "%Ln"));
	assert_int_equal(file.n, 2);
	assert_int_equal(list_of("alice"), 2);
	assert_int_equal(list_of("bob"), 1);
	assert_string_equal(
		take(text, sizeof(text) - 1,
	             "12345678901234567890123456789012345678901234567890123456"
	             "7890%u"),
		"line 1: --account makes no name of the login name");
}

static void many_users_are_found(void **state)
{
	char name[16], *text = malloc(100000);
	size_t n = 0, i;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < 3000; i++) /* in no order */
		n += (size_t)sprintf(text + n, "u%zu\t%zu\nu%zu\t-%zu\n",
		                     i * 7919 % 3000, i, i * 7919 % 3000, i);
	assert_null(idfile_take(&file, text, n, "%u"));
	assert_int_equal(file.n, 3000);
	for (i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof(name), "u%zu", i);
		assert_int_equal(list_of(name), 2);
	}
}

static void a_file_is_read_to_its_end(void **state)
{
	static char text[200000];
	int ends[2];
	size_t n = 0;
	pid_t child;

	(void)state;
	while (n < sizeof(text) - 100)
		n += (size_t)sprintf(text + n, "a\t%zu\n", n);
	child = support_fork(ends);
	if (child == 0) {
		support_write(ends[1], text, n);
		_exit(0);
	}
	(void)close(ends[1]);
	assert_null(idfile_read(&file, ends[0], "%u"));
	(void)close(ends[0]);
	support_reap(child, 0);
	assert_int_equal(file.octets, n);
	assert_true(list_of("a") > 10000);
}

static void failures_are_told(void **state)
{
	int fd = support_file("a\t1\n", 4);

	(void)state;
	assert_string_equal(idfile_read(&file, -1, "%u"),
	                    "Bad file descriptor");
	FAIL_NEXT(realloc, ENOMEM);
	assert_string_equal(idfile_read(&file, fd, "%u"),
	                    "Cannot allocate memory");
	FAIL_NEXT(realloc, ENOMEM);
	skip_realloc = 1;
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_string_equal(idfile_read(&file, fd, "%u"),
	                    "line 1: Cannot allocate memory");
	assert_null(take_text("a\t1\n"));
	FAIL_NEXT(realloc, ENOMEM);
	assert_int_equal(idfile_list(&file, &file.users[0], &list), -1);
	(void)close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_are_messages_in_order),
		TEST(a_third_column_is_a_message_id),
		TEST(comments_and_line_ends_do_not_count),
		TEST(a_bad_line_is_told_with_its_number),
		TEST(odd_octets_are_no_name_and_no_id),
		TEST(a_message_id_may_be_long),
		TEST(a_user_has_a_bounded_number_of_messages),
		TEST(users_are_accounts),
		TEST(many_users_are_found),
		TEST(a_file_is_read_to_its_end),
		TEST(failures_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

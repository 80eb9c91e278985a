/* SPDX-License-Identifier: ISC */
/* Wraps: realloc */
#include "support.h"

#include <errno.h>

#include "adopt/idlist.h"
#include "fails.h"

FAILS(realloc, void *, (void *p, size_t n), (p, n), NULL)

static struct idlist list;

static int begin(void **state)
{
	(void)state;
	idlist_init(&list, "server", HEADERKEY_HEADER);
	return 0;
}

static int end(void **state)
{
	(void)state;
	idlist_free(&list);
	return 0;
}

static void ids_and_keys_are_kept_in_order(void **state)
{
	const struct headerkey key = {true, {1, 2}};

	(void)state;
	assert_int_equal(idlist_add(&list, "one", 3, &key), 0);
	assert_int_equal(idlist_add(&list, "two, cut", 3, NULL), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.source, "server");
	assert_int_equal(list.kind, HEADERKEY_HEADER);
	assert_string_equal(idlist_id(&list, 0), "one");
	assert_string_equal(idlist_id(&list, 1), "two");
	assert_int_equal(headerkey_compare(&list.entries[0].key, &key), 0);
	assert_false(list.entries[1].key.some);
}

static void an_id_must_be_allowed(void **state)
{
	static const char *const bad[] = {"", "a b", "\x7f", "\x80", "a\n"};
	char id[72];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(bad); i++) {
		errno = 0;
		assert_int_equal(
			idlist_add(&list, bad[i], strlen(bad[i]), NULL), -1);
		assert_int_equal(errno, EINVAL);
	}
	memset(id, '~', sizeof(id));
	assert_int_equal(idlist_add(&list, id, 71, NULL), -1);
	assert_int_equal(idlist_add(&list, id, 70, NULL), 0);
	assert_int_equal(idlist_add(&list, "!", 1, NULL), 0);
	assert_int_equal(list.n, 2);
}

static void a_list_is_bounded(void **state)
{
	char id[70];
	size_t i;

	(void)state;
	memset(id, 'x', sizeof(id));
	for (i = 0; i < IDLIST_MOST; i++)
		assert_int_equal(idlist_add(&list, id, sizeof(id), NULL), 0);
	errno = 0;
	assert_int_equal(idlist_add(&list, "x", 1, NULL), -1);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(strlen(idlist_id(&list, IDLIST_MOST - 1)), 70);
}

static void no_memory_is_an_error(void **state)
{
	(void)state;
	FAIL_NEXT(realloc, ENOMEM);
	assert_int_equal(idlist_add(&list, "x", 1, NULL), -1);
	FAIL_NEXT(realloc, ENOMEM);
	skip_realloc = 1;
	assert_int_equal(idlist_add(&list, "x", 1, NULL), -1);
	assert_int_equal(list.n, 0);
	assert_int_equal(idlist_add(&list, "y", 1, NULL), 0);
	assert_string_equal(idlist_id(&list, 0), "y");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ids_and_keys_are_kept_in_order),
		TEST(an_id_must_be_allowed),
		TEST(a_list_is_bounded),
		TEST(no_memory_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

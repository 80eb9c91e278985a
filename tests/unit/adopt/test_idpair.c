/* SPDX-License-Identifier: ISC */
/* Wraps: malloc */
#include "support.h"

#include <errno.h>

#include "adopt/idlist.h"
#include "adopt/idpair.h"
#include "fails.h"

FAILS(malloc, void *, (size_t n), (n), NULL)

#define MOST 16

static struct idlist list;
static uint32_t partners[MOST];

/* A key for each character; '-' has none. */
static struct headerkey key_of(char c)
{
	return (struct headerkey){c != '-', {0, (uint64_t)c}};
}

/* Pairs messages and list, each a character for a key. */
static void pair(enum headerkey_kind kind, const char *messages,
                 const char *listed)
{
	struct headerkey keys[MOST], key;
	size_t n = strlen(messages), i;

	idlist_free(&list);
	idlist_init(&list, "server", kind);
	for (; *listed; listed++) {
		key = key_of(*listed);
		assert_int_equal(idlist_add(&list, "x", 1, &key), 0);
	}
	for (i = 0; i < n; i++)
		keys[i] = key_of(messages[i]);
	memset(partners, 0x55, sizeof(partners));
	assert_int_equal(idpair_make(&list, keys, (uint32_t)n, partners), 0);
}

/* The partners as text: a place, or '-' keyless, 'a' alone, '?' doubtful. */
static void assert_pairs(const char *messages, const char *listed,
                         const char *want)
{
	char have[MOST + 1] = "";
	size_t i;

	pair(HEADERKEY_HEADER, messages, listed);
	for (i = 0; i < strlen(messages); i++) {
		if (partners[i] == IDPAIR_KEYLESS)
			have[i] = '-';
		else if (partners[i] == IDPAIR_ALONE)
			have[i] = 'a';
		else if (partners[i] == IDPAIR_DOUBTFUL)
			have[i] = '?';
		else
			have[i] = (char)('0' + partners[i]);
	}
	assert_string_equal(have, want);
}

static int end(void **state)
{
	(void)state;
	idlist_free(&list);
	return 0;
}

static void keys_find_their_partners(void **state)
{
	(void)state;
	assert_pairs("abc", "abc", "012");
	assert_pairs("abc", "cab", "120");
	assert_pairs("abc", "b", "a0a");
	assert_pairs("b", "abc", "1");
	assert_pairs("abc", "", "aaa");
	assert_pairs("abc", "xyz", "aaa");
	assert_pairs("", "abc", "");
	assert_pairs("", "", "");
}

static void a_message_without_a_key_has_no_partner(void **state)
{
	(void)state;
	assert_pairs("a-b", "a-b", "0-2");
	assert_pairs("--", "--", "--");
	assert_pairs("ab", "-b", "a1");
}

static void order_breaks_ties(void **state)
{
	(void)state;
	assert_pairs("aba", "aab", "021");
	assert_pairs("aaaa", "aaaa", "0123");
	assert_pairs("caac", "acca", "1032");
}

static void another_number_of_one_key_is_doubtful(void **state)
{
	(void)state;
	assert_pairs("aab", "ab", "??1");
	assert_pairs("ab", "aab", "?2");
	assert_pairs("aaab", "aab", "???2");
}

static void order_alone_needs_the_same_number(void **state)
{
	(void)state;
	pair(HEADERKEY_NONE, "---", "---");
	assert_int_equal(partners[0], 0);
	assert_int_equal(partners[2], 2);
	pair(HEADERKEY_NONE, "---", "--");
	assert_int_equal(partners[0], IDPAIR_DOUBTFUL);
	assert_int_equal(partners[2], IDPAIR_DOUBTFUL);
	pair(HEADERKEY_NONE, "-", "--");
	assert_int_equal(partners[0], IDPAIR_DOUBTFUL);
}

static void no_memory_is_an_error(void **state)
{
	const struct headerkey key = {.some = true};
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		idlist_init(&list, "server", HEADERKEY_HEADER);
		FAIL_NEXT(malloc, ENOMEM);
		skip_malloc = i;
		assert_int_equal(idpair_make(&list, &key, 1, partners), -1);
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keys_find_their_partners),
		TEST(a_message_without_a_key_has_no_partner),
		TEST(order_breaks_ties),
		TEST(another_number_of_one_key_is_doubtful),
		TEST(order_alone_needs_the_same_number),
		TEST(no_memory_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

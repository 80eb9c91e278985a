/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "adopt/headerkey.h"

static struct headerkey_state *maker;

static int begin(void **state)
{
	(void)state;
	maker = headerkey_new();
	return maker ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	headerkey_free(maker);
	return 0;
}

/* Feeds the text in pieces, as support_piece cuts them. */
static struct headerkey key_in_round(enum headerkey_kind kind, const char *text,
                                     size_t n, unsigned int round)
{
	uint64_t seed = round;
	bool more = true;
	size_t piece;

	headerkey_begin(maker, kind);
	for (; n > 0 && more; text += piece, n -= piece) {
		piece = support_piece(&seed, round, n);
		more = headerkey_add(maker, text, piece);
	}
	return headerkey_end(maker);
}

static struct headerkey key_of(enum headerkey_kind kind, const char *text)
{
	struct headerkey key = key_in_round(kind, text, strlen(text), 0), other;
	unsigned int round;

	for (round = 1; round < 8; round++) {
		other = key_in_round(kind, text, strlen(text), round);
		assert_int_equal(headerkey_compare(&key, &other), 0);
	}
	return key;
}

static bool same(enum headerkey_kind kind, const char *a, const char *b)
{
	struct headerkey x = key_of(kind, a), y = key_of(kind, b);

	assert_int_equal(headerkey_compare(&x, &y), -headerkey_compare(&y, &x));
	return headerkey_compare(&x, &y) == 0;
}

#define SAME(a, b)  assert_true(same(HEADERKEY_HEADER, a, b))
#define OTHER(a, b) assert_false(same(HEADERKEY_HEADER, a, b))

static void a_header_is_digested_with_lf(void **state)
{
	struct headerkey key = key_of(HEADERKEY_HEADER, "A: b\r\n\tc\r\n\r\nd");
	struct digest128 want = digest_of128("A: b\n\tc\n", 8);

	(void)state;
	assert_true(key.some);
	assert_int_equal(key.digest.high, want.high);
	assert_int_equal(key.digest.low, want.low);
}

static void line_ends_are_alike(void **state)
{
	(void)state;
	SAME("A: b\nC: d\n\ntext", "A: b\r\nC: d\r\n\r\nother");
	SAME("A: b\nC: d\n\n", "A: b\r\r\nC: d\r\r\n\r\r\n");
	SAME("A: b\n\n", "A: b\n");
	SAME("A: b\n\n", "A: b");
	SAME("A: b\n\n", "A: b\r");
	OTHER("A: b\rC\n\n", "A: bC\n\n");
	OTHER("A: b\rC\n\n", "A: b\r\rC\n\n");
	OTHER("A: b\rC\n\n", "A: b\nC\n\n");
}

static void other_octets_count(void **state)
{
	(void)state;
	OTHER("A: b\n\n", "A: b \n\n");
	OTHER("A: b\n\n", "a: b\n\n");
	OTHER("A: b\n\n", "A:b\n\n");
	OTHER("A: b\nC: d\n\n", "C: d\nA: b\n\n");
	OTHER("A: b\nC: d\n\n", "A: b\n C: d\n\n");
	OTHER("A: b\n \n\n", "A: b\n\n");
	OTHER("no colon\n\n", "no colons\n\n");
	OTHER(" blank\n\n", "\tblank\n\n");
}

static void fields_that_change_are_left_out(void **state)
{
	static const char *const names[] = {
		"Content-Length",
		"Lines",
		"Return-Path",
		"Status",
		"X-IMAP",
		"X-IMAPbase",
		"X-Keywords",
		"X-Message-Flag",
		"X-Mozilla-Keys",
		"X-Mozilla-Status",
		"X-Status",
		"X-Mozilla-Status2",
		"X-UID",
		"X-UIDL",
		"x-uid",
		"STATUS",
		"Content-Length  ",
		"X-Yahoo-Newman-Property",
	};
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(names); i++) {
		(void)snprintf(text, sizeof(text),
		               "A: b\n%s: 1\n  2\n\t3\nC: d\n\n", names[i]);
		SAME("A: b\nC: d\n\n", text);
		(void)snprintf(text, sizeof(text),
		               "%s:\nA: b\nC: d\n%s:", names[i], names[i]);
		SAME("A: b\nC: d\n\n", text);
		(void)snprintf(text, sizeof(text), "A: b\nX%s: 1\nC: d\n\n",
		               names[i]);
		OTHER("A: b\nC: d\n\n", text);
		(void)snprintf(text, sizeof(text), "A: b\n%.3s: 1\nC: d\n\n",
		               names[i]);
		OTHER("A: b\nC: d\n\n", text);
	}
	OTHER("A: b\nStatus\n\n", "A: b\n\n"); /* no colon */
}

static void lines_may_have_any_length(void **state)
{
	const size_t n = 1 << 20;
	char *a = malloc(n + 1), *b = malloc(n + 1);
	struct headerkey x, y;

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	memset(a, 'x', n);
	memset(b, '\r', n);
	a[n] = b[n] = '\0';
	x = key_in_round(HEADERKEY_HEADER, a, n, 0);
	y = key_in_round(HEADERKEY_HEADER, a, n, 2);
	assert_int_equal(headerkey_compare(&x, &y), 0);
	y = key_in_round(HEADERKEY_HEADER, a, n - 1, 0);
	assert_int_not_equal(headerkey_compare(&x, &y), 0);
	y = key_in_round(HEADERKEY_HEADER, b, n, 0);
	assert_false(y.some);
	free(a);
	free(b);
}

static void a_message_may_have_no_key(void **state)
{
	(void)state;
	assert_false(key_of(HEADERKEY_HEADER, "").some);
	assert_false(key_of(HEADERKEY_HEADER, "\n\nA: b").some);
	assert_false(key_of(HEADERKEY_HEADER, "Status: RO\n\nA: b").some);
	assert_false(key_of(HEADERKEY_MESSAGE_ID, "A: b\n\n").some);
	assert_false(key_of(HEADERKEY_MESSAGE_ID, "Message-ID: \n\n").some);
	assert_false(key_of(HEADERKEY_MESSAGE_ID, "\nMessage-ID: <a>\n").some);
	assert_false(key_of(HEADERKEY_MESSAGE_ID, "Message-ID\n").some);
}

static void a_message_id_is_recognised(void **state)
{
	static const char *const forms[] = {
		"Message-ID: <1@x>\n\n",
		"Message-ID: <1@x>",
		"Message-Id:<1@x>\r\n\r\n",
		"A: b\nMESSAGE-ID :\t<1@x>\t\r\nC: d\n\n",
		"A: b\nMessage-ID:\n <1@\n\t x>\nC: d\n\n",
		"Message-ID: <1@x>\nMessage-ID: <2@x>\n\n",
		"X-Message-ID: <2@x>\nMessage-ID: <1@x>\n\n",
	};
	struct digest128 want = digest_of128("<1@x>", 5);
	struct headerkey key;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(forms); i++) {
		key = key_of(HEADERKEY_MESSAGE_ID, forms[i]);
		assert_true(key.some);
		assert_int_equal(key.digest.high, want.high);
		assert_int_equal(key.digest.low, want.low);
	}
	assert_false(same(HEADERKEY_MESSAGE_ID, "Message-ID: <1@x>\n",
	                  "Message-ID: <1@X>\n"));
}

static void keys_are_sorted(void **state)
{
	static const struct headerkey keys[] = {
		{false, {9, 9}},
		{true, {0, 1}},
		{true, {0, 2}},
		{true, {1, 0}},
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < LENGTH(keys); i++)
		for (k = 0; k < LENGTH(keys); k++)
			assert_int_equal(headerkey_compare(&keys[i], &keys[k]),
			                 (i > k) - (i < k));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_header_is_digested_with_lf),
		TEST(line_ends_are_alike),
		TEST(other_octets_count),
		TEST(fields_that_change_are_left_out),
		TEST(lines_may_have_any_length),
		TEST(a_message_may_have_no_key),
		TEST(a_message_id_is_recognised),
		TEST(keys_are_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

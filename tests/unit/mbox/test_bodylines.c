/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "mbox/bodylines.h"
#include "mbox/fromline.h"

#define FROM "From a Thu Jan  2 03:04:05 2020"

#define MOST 4096 /* octets of a text: some blocks */

static bool is_from_line(const char *p, size_t n)
{
	const char *lf = memchr(p, '\n', n);
	size_t octets = (size_t)(lf - p);
	struct fromline_date date;

	octets -= octets > 0 && lf[-1] == '\r';
	return octets >= 5 && memcmp(p, "From ", 5) == 0 &&
	       fromline_has_date(p, octets, &date);
}

/* The expected result, octet by octet; an LF stands before. */
static size_t expect(const char *p, size_t n, struct bodylines *ends)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (i > 0 && p[i - 1] == '\n' && is_from_line(p + i, n - i))
			return i;
		ends->lf += p[i] == '\n';
		ends->crlf += p[i] == '\n' && p[i - 1] == '\r';
	}
	return n;
}

/*
 * Passes over the text without its first octet, an LF, from stop to stop.  A
 * sanitizer sees each step beyond the octets passed.
 */
static void check(const char *text, size_t n)
{
	struct bodylines got = {.lf = 0}, want = {.lf = 0};
	char *copy = malloc(n);
	size_t at, k;

	assert_non_null(copy);
	memcpy(copy, text, n);
	for (at = 1; at < n; at += k) {
		k = expect(text + at, n - at, &want);
		assert_int_equal(bodylines_pass(copy + at, n - at, &got), k);
		assert_int_equal(got.from, at + k < n);
		if (got.from)
			assert_memory_equal(got.date.at, "Thu", 3);
		assert_int_equal(got.lf, want.lf);
		assert_int_equal(got.crlf, want.crlf);
	}
	free(copy);
}

static const char *const parts[] = {
	"\n",
	"\n",
	"\r\n",
	"\r\n",
	"\r",
	"F",
	"r",
	"Fr",
	"\nFr",
	"\n\nFr",
	"\r\nFr",
	"From",
	"\377",
	"\r\n\r\nFrom",
	"\n\n\nFr\n\nFr",
	FROM,
	"\n" FROM "\n",
	"\r\n" FROM "\r\n",
	"\nFrom ",
	"\nFrom x\n",
	"\nFrxx \n",
	"\nF\nF\nF\nF\nF\n",
};

/* Makes a text of parts; if at_most is not 0, with plain runs between. */
static size_t compose(uint64_t *seed, char *text, size_t count, size_t at_most)
{
	size_t n = 1, k;
	const char *part;

	*text = '\n';
	while (count-- && n < MOST - 300) {
		part = parts[support_below(seed, LENGTH(parts))];
		k = strlen(part);
		memcpy(text + n, part, k);
		n += k;
		k = at_most ? support_below(seed, at_most) : 0;
		memset(text + n, 'a', k);
		n += k;
	}
	text[n++] = '\n';
	return n;
}

static void short_texts_give_what_a_plain_loop_gives(void **state)
{
	uint64_t seed = 1;
	char text[MOST];
	int i;

	(void)state;
	for (i = 0; i < 100000; i++)
		check(text, compose(&seed, text, support_below(&seed, 20), 0));
}

static void long_texts_give_what_a_plain_loop_gives(void **state)
{
	static const size_t at_most[] = {0, 2, 8, 40, 200};
	uint64_t seed = 2;
	char text[MOST];
	size_t count, i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		count = MOST / (at_most[i % LENGTH(at_most)] + 12) - 2;
		check(text, compose(&seed, text, count,
		                    at_most[i % LENGTH(at_most)]));
	}
}

/* Each lane's count reaches its most, and so does each block's. */
static void nothing_but_line_ends_overflows_no_count(void **state)
{
	char text[MOST];
	size_t i, n;

	(void)state;
	for (n = 2; n < MOST; n++) {
		memset(text, '\n', n);
		check(text, n);
	}
	for (i = 0; i < MOST; i++)
		text[i] = i % 2 ? '\r' : '\n';
	check(text, MOST - 1);
}

/* At each place relative to the blocks and lanes */
static void a_start_is_found_at_every_place(void **state)
{
	static const char *const starts[] = {
		"\n" FROM "\n", "\n\r\n" FROM "\r\n", "\nFrom x\n",
		"\nF\nF\nF\nF\nF\nF\nF\n" FROM "\n"};
	char text[MOST];
	size_t i, n, at;

	(void)state;
	for (i = 0; i < LENGTH(starts); i++)
		for (at = 2; at < 1600; at++) {
			n = 1700;
			memset(text, 'b', n);
			memcpy(text, "\n\n", 2);
			memcpy(text + at, starts[i], strlen(starts[i]));
			text[n - 1] = '\n';
			check(text, n);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_texts_give_what_a_plain_loop_gives),
		cmocka_unit_test(long_texts_give_what_a_plain_loop_gives),
		cmocka_unit_test(nothing_but_line_ends_overflows_no_count),
		cmocka_unit_test(a_start_is_found_at_every_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

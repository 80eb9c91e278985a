/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "mbox/mboxscan.h"
#include "mbox/uidl.h"

static const struct {
	const char *mail;
	size_t n;
	const char *id;
} mails[] = {
#define VECTOR(mail, n, id) {mail, n, id},
#include "../reference/uidl.vectors"
};

static int take(void *ctx, const struct mbox_message *m)
{
	*(struct uidl *)ctx = m->uidl;
	return 0;
}

static void each_mail_has_its_published_id(void **state)
{
	struct mboxscan *s;
	struct uidl id;
	char text[UIDL_SIZE];
	size_t i, at, piece, n;

	(void)state;
	for (i = 0; i < LENGTH(mails); i++)
		for (piece = 1; piece < 4000; piece = piece * 3 + 1) {
			s = mboxscan_new(take, &id);
			for (at = 0; at < mails[i].n; at += n) {
				n = mails[i].n - at;
				n = n < piece ? n : piece;
				assert_int_equal(
					mboxscan_feed(s, mails[i].mail + at, n),
					0);
			}
			assert_int_equal(mboxscan_end(s), 0);
			mboxscan_free(s);
			*uidl_text(id, 1, text) = '\0';
			assert_string_equal(text, mails[i].id);
		}
}

/* Makes a long value, with runs of blanks or without blanks. */
static size_t compose(uint64_t *seed, char *value)
{
	static const char blanks[] = " \t\r\n";
	size_t n = support_below(seed, 2500), i, k;
	unsigned int often = 1U << support_below(seed, 8);

	for (i = 0; i < n; i++) {
		value[i] = (char)('!' + support_below(seed, 94));
		if (support_below(seed, often))
			continue;
		value[i] = ' ';
		for (k = support_below(seed, often < 4 ? 4 : 2); k && i < n;
		     k--)
			value[i++] = blanks[support_below(seed, 4)];
		i--;
	}
	return n;
}

/* The same, with each run of blanks as one space, and no blanks at the ends. */
static size_t squeeze(const char *value, size_t n, char *to)
{
	size_t i, k = 0;

	for (i = 0; i < n; i++)
		if (!strchr(" \t\r\n", value[i]))
			to[k++] = value[i];
		else if (k && to[k - 1] != ' ')
			to[k++] = ' ';
	return k && to[k - 1] == ' ' ? k - 1 : k;
}

static struct uidl head_of(uint64_t *seed, const char *value, size_t n,
                           unsigned int round)
{
	struct uidl_state *s = uidl_new();
	struct uidl head;
	size_t at, k;
	char *piece;

	assert_non_null(s);
	uidl_begin(s);
	uidl_part(s, UIDL_SUBJECT);
	for (at = 0; at < n; at += k) {
		k = support_piece(seed, round, n - at);
		piece = malloc(k); /* a sanitizer sees a step too far */
		assert_non_null(piece);
		memcpy(piece, value + at, k);
		uidl_add(s, piece, k);
		free(piece);
	}
	head = uidl_head(s);
	uidl_free(s);
	return head;
}

static void blanks_and_pieces_make_no_difference(void **state)
{
	static char value[4096], plain[4096];
	struct uidl want, got;
	uint64_t seed = 12;
	unsigned int i, round;
	size_t n, k;

	(void)state;
	for (i = 0; i < 3000; i++) {
		n = compose(&seed, value);
		k = squeeze(value, n, plain);
		want = head_of(&seed, plain, k, 0);
		for (round = 0; round < 4; round++) {
			got = head_of(&seed, value, n, round);
			assert_true(got.high == want.high);
			assert_true(got.low == want.low);
		}
		if (k == 0)
			continue;
		plain[support_below(&seed, k)] ^= 0x40;
		got = head_of(&seed, plain, k, 0);
		assert_true(got.high != want.high && got.low != want.low);
	}
}

static void the_order_of_parts_makes_no_difference(void **state)
{
	struct uidl_state *s = uidl_new();
	struct uidl heads[2];
	int i, part;

	(void)state;
	assert_non_null(s);
	for (i = 0; i < 2; i++) {
		uidl_begin(s);
		for (part = 0; part < UIDL_PARTS; part++) {
			uidl_part(s, (enum uidl_part)(i ? UIDL_PARTS - 1 - part
			                                : part));
			uidl_add(s, "same", 4);
		}
		heads[i] = uidl_head(s);
	}
	uidl_free(s);
	uidl_free(NULL);
	assert_true(heads[0].high == heads[1].high);
	assert_true(heads[0].low == heads[1].low);
}

static const struct {
	struct uidl id;
	uint32_t duplicate;
	const char *text;
} texts[] = {
	{{0, 0}, 0, "aaaaaaaaaaaaaaaaaaaaaaaaaa"},
	{{0, 0}, 1, "aaaaaaaaaaaaaaaaaaaaaaaaaa"},
	{{0, 0}, 2, "aaaaaaaaaaaaaaaaaaaaaaaaaa-2"},
	{{0, 0}, 10, "aaaaaaaaaaaaaaaaaaaaaaaaaa-10"},
	{{0, 0}, UINT32_MAX, "aaaaaaaaaaaaaaaaaaaaaaaaaa-4294967295"},
	{{UINT64_MAX, UINT64_MAX}, 1, "77777777777777777777777774"},
	{{0x0123456789abcdef, 0xfedcba9876543210},
         1,
         "aerukz4jvpg677w4xkmhmvbsca"},
	{{UINT64_C(1) << 63, 1}, 1, "qaaaaaaaaaaaaaaaaaaaaaaaae"},
	{{0, UINT64_C(1) << 63}, 1, "aaaaaaaaaaaabaaaaaaaaaaaaa"},
	{{1, 0}, 1, "aaaaaaaaaaaacaaaaaaaaaaaaa"},
};

static void the_text_is_base32_and_the_duplicates_number(void **state)
{
	char text[UIDL_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(texts); i++) {
		*uidl_text(texts[i].id, texts[i].duplicate, text) = '\0';
		assert_string_equal(text, texts[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mail_has_its_published_id),
		cmocka_unit_test(blanks_and_pieces_make_no_difference),
		cmocka_unit_test(the_order_of_parts_makes_no_difference),
		cmocka_unit_test(the_text_is_base32_and_the_duplicates_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

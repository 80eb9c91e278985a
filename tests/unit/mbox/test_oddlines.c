/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "mbox/oddlines.h"

#define DATED "From a@example.org Thu Jan  1 00:00:00 2026"

#define UNDATED  ODDLINES_UNDATED
#define TEXT     ODDLINES_TEXT
#define NO_BLANK ODDLINES_NO_BLANK
#define GLUED    ODDLINES_GLUED

static const struct {
	const char *text;
	enum oddlines_kind kind;
	uint32_t count;
	off_t first;
} cases[] = {
	{"", UNDATED, 0, 0},
	{"\n", UNDATED, 0, 0},
	{DATED "\n", UNDATED, 0, 0},
	{DATED "\n\nFrom x\n", UNDATED, 1, 45},
	{DATED "\n\nFrom x", UNDATED, 1, 45},
	{DATED "\n\nFrom ", UNDATED, 1, 45},
	{DATED "\n\nFrom", UNDATED, 0, 0},
	{DATED "\n\nfrom x\n", UNDATED, 0, 0},
	{DATED "\n\n>From x\n", UNDATED, 0, 0},
	{DATED "\nFrom x\n", UNDATED, 0, 0},
	{DATED "\r\n\r\nFrom x\r\n", UNDATED, 1, 47},
	{DATED "\n\n" DATED "\n", UNDATED, 0, 0},
	{DATED "\n\n" DATED "\r\n", UNDATED, 0, 0},
	{DATED "\n\nFrom x\nFrom y\n\nFrom z\n", UNDATED, 2, 45},
	{DATED "\nTo: x\n", NO_BLANK, 0, 0},
	{DATED "\n\nx\n" DATED "\nTo: x\n", NO_BLANK, 1, 47},
	{DATED "\r\n\r\nx\r\n" DATED "\r\nTo: x", NO_BLANK, 1, 50},
	{DATED "\n" DATED "\n" DATED "\nTo: x\n", NO_BLANK, 1, 88},
	{DATED "\n" DATED "\n" DATED "\nTo: x\n", TEXT, 1, 44},
	{DATED "\n\nx\n" DATED "\nTo x\n", NO_BLANK, 0, 0},
	{DATED "\n\nx\n" DATED "\nTo x\n", TEXT, 1, 47},
	{DATED "\n\nx\n" DATED "\nTo", TEXT, 1, 47},
	{DATED "\n\nx\n" DATED "\n", TEXT, 1, 47},
	{DATED "\n\nx\n" DATED, TEXT, 1, 47},
	{DATED "\n\n\n" DATED, TEXT, 0, 0},
	{DATED "\n\nx" DATED "\nTo: x\n", GLUED, 1, 45},
	{DATED "\n\nx " DATED "\r\nTo: x\r\n", GLUED, 1, 45},
	{DATED "\n\nx" DATED "\nTo x\n", GLUED, 0, 0},
	{DATED "\n\n>" DATED "\nTo: x\n", GLUED, 0, 0},
	{DATED "\n\n> >" DATED "\nTo: x\n", GLUED, 0, 0},
	{DATED "\n\nxFrom y\nTo: x\n", GLUED, 0, 0},
	{DATED "\n\nx" DATED " y\nTo: x\n", GLUED, 1, 45},
};

static void odd_lines_are_found_where_they_start(void **state)
{
	struct oddlines o;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		memset(&o, 0, sizeof(o));
		oddlines_feed(&o, cases[i].text, strlen(cases[i].text));
		oddlines_end(&o);
		if (o.found[cases[i].kind].count != cases[i].count)
			fail_msg("%zu: %u", i, o.found[cases[i].kind].count);
		assert_int_equal(o.found[cases[i].kind].first[0],
		                 cases[i].first);
	}
}

/* Makes a text of pieces that matter here. */
static size_t make_text(uint64_t *seed, char *text, size_t size)
{
	static const char *const pieces[] = {
		"From ",
		"x",
		"\n",
		"\n\n",
		"\r\n",
		"\n\nFrom x",
		DATED,
		"\nTo: x\n",
		"                                                         "};
	const char *piece;
	size_t n = 0, left = support_below(seed, 60);

	for (; left > 0; left--) {
		piece = pieces[support_below(seed, LENGTH(pieces))];
		if (n + strlen(piece) > size)
			break;
		memcpy(text + n, piece, strlen(piece));
		n += strlen(piece);
	}
	return n;
}

static void it_does_not_matter_how_the_file_is_cut(void **state)
{
	struct oddlines whole, cut;
	char text[2048];
	uint64_t seed = 9;
	unsigned int round;
	size_t n, at, piece;

	(void)state;
	for (round = 0; round < 3000; round++) {
		n = make_text(&seed, text, sizeof(text));
		memset(&whole, 0, sizeof(whole));
		memset(&cut, 0, sizeof(cut));
		oddlines_feed(&whole, text, n);
		oddlines_end(&whole);
		for (at = 0; at < n; at += piece) {
			piece = support_piece(&seed, round % 2 + 1, n - at);
			oddlines_feed(&cut, text + at, piece);
		}
		oddlines_end(&cut);
		assert_memory_equal(cut.found, whole.found, sizeof(cut.found));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(odd_lines_are_found_where_they_start),
		cmocka_unit_test(it_does_not_matter_how_the_file_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

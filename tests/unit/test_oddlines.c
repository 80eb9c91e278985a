#include "support.h"

#include "oddlines.h"

#define DATED "From a@example.org Thu Jan  1 00:00:00 2026"

static void they_are_found_where_they_start(void **state)
{
	static const struct {
		const char *text;
		uint32_t count;
		off_t first;
	} cases[] = {
		{"", 0, 0},
		{"\n", 0, 0},
		{DATED "\n", 0, 0},
		{DATED "\n\nFrom x\n", 1, 45},
		{DATED "\n\nFrom x", 1, 45},
		{DATED "\n\nFrom ", 1, 45},
		{DATED "\n\nFrom", 0, 0},
		{DATED "\n\nfrom x\n", 0, 0},
		{DATED "\n\n>From x\n", 0, 0},
		{DATED "\nFrom x\n", 0, 0},
		{DATED "\r\n\r\nFrom x\r\n", 1, 47},
		{DATED "\n\n" DATED "\n", 0, 0},
		{DATED "\n\n" DATED "\r\n", 0, 0},
		{DATED "\n\nFrom x\nFrom y\n\nFrom z\n", 2, 45},
	};
	struct oddlines o;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		memset(&o, 0, sizeof(o));
		oddlines_feed(&o, cases[i].text, strlen(cases[i].text));
		oddlines_end(&o);
		assert_int_equal(o.count, cases[i].count);
		assert_int_equal(o.first[0], cases[i].first);
	}
}

/* A text of pieces such as matter. */
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
		assert_int_equal(cut.count, whole.count);
		assert_memory_equal(cut.first, whole.first, sizeof(cut.first));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_found_where_they_start),
		cmocka_unit_test(it_does_not_matter_how_the_file_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

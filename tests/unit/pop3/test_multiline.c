/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "pop3/multiline.h"

#define MOST 400 /* octets of a text */

struct output {
	char buf[8 * MOST];
	size_t n;
	int64_t octets;
};

/* Encodes the whole text in the simplest way: line by line. */
static void expect(const char *text, size_t n, uint64_t lines,
                   struct output *ret)
{
	bool in_body = false;
	size_t i, k, end;

	ret->n = 0;
	ret->octets = 0;
	for (i = 0; i < n && !(in_body && lines == 0); i = k + 1) {
		for (k = i; k < n && text[k] != '\n'; k++)
			continue;
		end = k > i && text[k - 1] == '\r' ? k - 1 : k;
		if (text[i] == '.')
			ret->buf[ret->n++] = '.';
		memcpy(ret->buf + ret->n, text + i, end - i);
		ret->n += end - i;
		memcpy(ret->buf + ret->n, "\r\n", 2);
		ret->n += 2;
		ret->octets += (int64_t)(end - i) + 2;
		lines -= in_body;
		in_body = in_body || end == i;
	}
	memcpy(ret->buf + ret->n, "\r\n.\r\n", 5);
	ret->n += in_body ? 0 : 2;
	ret->octets += in_body ? 0 : 2;
	memcpy(ret->buf + ret->n, ".\r\n", 3);
	ret->n += 3;
}

/* Adds a call's output, which must not end within a CRLF or two dots. */
static void add(struct output *o, const char *out, size_t n)
{
	if (o->n && n && o->buf[o->n - 1] == '\r')
		assert_true(out[0] != '\n');
	memcpy(o->buf + o->n, out, n);
	o->n += n;
	if (n && out[n - 1] == '.')
		assert_false(o->n == 1 || o->buf[o->n - 2] == '\n');
}

static void encode(const char *text, size_t n, uint64_t lines,
                   unsigned int round, uint64_t *seed, struct output *ret)
{
	struct multiline m;
	char out[MULTILINE_ROOM(MOST)], *in;
	size_t k, put;

	multiline_begin(&m, lines);
	ret->n = 0;
	for (; n; text += k, n -= k) {
		k = support_piece(seed, round, n);
		in = malloc(k); /* a sanitizer sees a read beyond its end */
		assert_non_null(in);
		memcpy(in, text, k);
		put = multiline_encode(&m, in, k, out);
		free(in);
		assert_true(put <= MULTILINE_ROOM(k));
		add(ret, out, put);
	}
	put = multiline_end(&m, out);
	assert_true(put <= MULTILINE_ROOM(0));
	add(ret, out, put);
	ret->octets = m.octets;
}

static void same(const struct output *got, const struct output *want)
{
	assert_int_equal(got->n, want->n);
	assert_memory_equal(got->buf, want->buf, want->n);
	assert_int_equal(got->octets, want->octets);
}

static const struct {
	const char *text, *sent;
	int64_t octets;
} texts[] = {
	{"", "\r\n.\r\n", 2},
	{"\n", "\r\n.\r\n", 2},
	{"\r\n", "\r\n.\r\n", 2},
	{"\r", "\r\n.\r\n", 2},
	{"\n\n", "\r\n\r\n.\r\n", 4},
	{"S: x", "S: x\r\n\r\n.\r\n", 8},
	{"S: x\n", "S: x\r\n\r\n.\r\n", 8},
	{"S: x\n\n", "S: x\r\n\r\n.\r\n", 8},
	{"S: x\n\nb", "S: x\r\n\r\nb\r\n.\r\n", 11},
	{"S: x\r\n\r\nb\r\n", "S: x\r\n\r\nb\r\n.\r\n", 11},
	{"S: x\n\nb\r", "S: x\r\n\r\nb\r\n.\r\n", 11},
	{"S: x\n\nb\r\r", "S: x\r\n\r\nb\r\r\n.\r\n", 12},
	{"S: x\n\n\r\r\n", "S: x\r\n\r\n\r\r\n.\r\n", 11},
	{"S: x\n\na\rb\n", "S: x\r\n\r\na\rb\r\n.\r\n", 13},
	{"S: x\n\n.\n", "S: x\r\n\r\n..\r\n.\r\n", 11},
	{"S: x\n\n.", "S: x\r\n\r\n..\r\n.\r\n", 11},
	{"S: x\n\n..\n", "S: x\r\n\r\n...\r\n.\r\n", 12},
	{".S: x\n\n", "..S: x\r\n\r\n.\r\n", 9},
	{"S: x\n\n\r.\n", "S: x\r\n\r\n\r.\r\n.\r\n", 12},
	{"S: x\n\na.b\n .\n", "S: x\r\n\r\na.b\r\n .\r\n.\r\n", 17},
	{"S: x\n \n\nb\n", "S: x\r\n \r\n\r\nb\r\n.\r\n", 14},
};

static void each_text_is_sent_so(void **state)
{
	struct output got;
	uint64_t seed = 1;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(texts); i++) {
		encode(texts[i].text, strlen(texts[i].text), MULTILINE_ALL, 0,
		       &seed, &got);
		assert_int_equal(got.n, strlen(texts[i].sent));
		assert_memory_equal(got.buf, texts[i].sent, got.n);
		assert_int_equal(got.octets, texts[i].octets);
	}
}

/* TOP's second argument: lines of the body. */
static void so_many_lines_of_the_body_are_sent(void **state)
{
	static const char text[] = "S: x\nT: y\n\n.a\n\nb";
	static const char *const want[] = {
		"S: x\r\nT: y\r\n\r\n.\r\n",
		"S: x\r\nT: y\r\n\r\n..a\r\n.\r\n",
		"S: x\r\nT: y\r\n\r\n..a\r\n\r\n.\r\n",
		"S: x\r\nT: y\r\n\r\n..a\r\n\r\nb\r\n.\r\n",
		"S: x\r\nT: y\r\n\r\n..a\r\n\r\nb\r\n.\r\n",
	};
	struct output got;
	uint64_t seed = 1;
	size_t lines;

	(void)state;
	for (lines = 0; lines < LENGTH(want); lines++) {
		encode(text, sizeof(text) - 1, lines, 0, &seed, &got);
		assert_int_equal(got.n, strlen(want[lines]));
		assert_memory_equal(got.buf, want[lines], got.n);
	}
}

static void past_the_last_line_nothing_is_written(void **state)
{
	struct multiline m;
	char out[MULTILINE_ROOM(MOST)];

	(void)state;
	multiline_begin(&m, 1);
	assert_false(multiline_full(&m));
	assert_int_equal(multiline_encode(&m, "S: x\n\n", 6, out), 8);
	assert_false(multiline_full(&m));
	assert_int_equal(multiline_encode(&m, "a", 1, out), 1);
	assert_false(multiline_full(&m));
	assert_int_equal(multiline_encode(&m, "\nb\nc\n", 5, out), 2);
	assert_true(multiline_full(&m));
	assert_int_equal(multiline_encode(&m, ".\r\n", 3, out), 0);
	assert_int_equal(multiline_end(&m, out), 3);
	multiline_begin(&m, MULTILINE_ALL);
	assert_int_equal(multiline_encode(&m, "\n\n\n", 3, out), 6);
	assert_false(multiline_full(&m));
}

static void any_pieces_give_what_the_whole_gives(void **state)
{
	static const char octets[] = {'\r', '\n',   '.',  'a',
	                              '\0', '\377', '\r', '\n'};
	uint64_t seed = 1939, lines;
	struct output got, want;
	char text[MOST];
	unsigned int round, i;
	size_t n, k;

	(void)state;
	for (i = 0; i < 20000; i++) {
		n = support_below(&seed, 24);
		for (k = 0; k < n; k++)
			text[k] = octets[support_below(&seed, sizeof(octets))];
		lines = support_below(&seed, 8);
		lines = lines > 4 ? MULTILINE_ALL : lines;
		expect(text, n, lines, &want);
		for (round = 0; round < 3; round++) {
			encode(text, n, lines, round, &seed, &got);
			same(&got, &want);
		}
	}
}

/* Lines of all lengths: some are copied in steps, others are not. */
static size_t compose(uint64_t *seed, char *text)
{
	static const char octets[] = {'\r', '\n', '.', '\n', 'a'};
	size_t n = 0, most = support_below(seed, MOST), k;

	while (n < most) {
		text[n++] = octets[support_below(seed, sizeof(octets))];
		k = support_below(seed, 4) ? 0 : support_below(seed, 90);
		k = k < most - n ? k : most - n;
		memset(text + n, 'b', k);
		n += k;
	}
	return n;
}

static void long_lines_give_what_octets_give(void **state)
{
	uint64_t seed = 1939, lines;
	struct output got, want;
	char text[MOST];
	unsigned int round, i;
	size_t n;

	(void)state;
	for (i = 0; i < 20000; i++) {
		n = compose(&seed, text);
		lines = support_below(&seed, 12);
		lines = lines > 8 ? MULTILINE_ALL : lines;
		expect(text, n, lines, &want);
		for (round = 0; round < 3; round++) {
			encode(text, n, lines, round, &seed, &got);
			same(&got, &want);
		}
	}
}

static void a_text_may_be_cut_anywhere(void **state)
{
	struct output whole, got;
	struct multiline m;
	char text[MOST], out[MULTILINE_ROOM(MOST)];
	uint64_t seed = 5;
	size_t n, cut, i;

	(void)state;
	for (i = 0; i < 200; i++) {
		n = compose(&seed, text);
		expect(text, n, MULTILINE_ALL, &whole);
		for (cut = 0; cut <= n; cut++) {
			multiline_begin(&m, MULTILINE_ALL);
			got.n = 0;
			add(&got, out, multiline_encode(&m, text, cut, out));
			add(&got, out,
			    multiline_encode(&m, text + cut, n - cut, out));
			add(&got, out, multiline_end(&m, out));
			got.octets = m.octets;
			same(&got, &whole);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_text_is_sent_so),
		cmocka_unit_test(so_many_lines_of_the_body_are_sent),
		cmocka_unit_test(past_the_last_line_nothing_is_written),
		cmocka_unit_test(any_pieces_give_what_the_whole_gives),
		cmocka_unit_test(long_lines_give_what_octets_give),
		cmocka_unit_test(a_text_may_be_cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

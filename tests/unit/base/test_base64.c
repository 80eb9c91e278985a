/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "base/base64.h"

/* RFC 4648, section 10, and texts of SASL PLAIN. */
static const struct {
	const char *text, *octets;
	ssize_t n;
} good[] = {
	{"", "", 0},
	{"Zg==", "f", 1},
	{"Zm8=", "fo", 2},
	{"Zm9v", "foo", 3},
	{"Zm9vYg==", "foob", 4},
	{"Zm9vYmE=", "fooba", 5},
	{"Zm9vYmFy", "foobar", 6},
	{"AGFsaWNlAHNlY3JldA==", "\0alice\0secret", 13},
	{"AAAA", "\0\0\0", 3},
	{"////", "\377\377\377", 3},
	{"++++", "\373\357\276", 3},
};

static const char *const bad[] = {
	"Z",
	"Zg",
	"Zg=",
	"Zm8",
	"=",
	"==",
	"===",
	"====",
	"Z===",
	"Zg===",
	"Zg==Zg==",
	"Zm8=Zm9v",
	"Z=g=",
	"=Zg=",
	" Zg==",
	"Zg== ",
	"Zm 9v",
	"Zm9v\r\n",
	"Zm9v\n",
	"Zm9v====",
	"Zm9-",
	"Zm9_",
	"Zm9\377",
	"Zm9v\tYg==",
	"*",
	"Zm9*",
	"Zg=A",
	/* no encoder writes bits after the last octet */
	"Zh==",
	"Zm9=",
};

static void each_good_text_gives_its_octets(void **state)
{
	char out[64];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(good); i++) {
		memset(out, '#', sizeof(out));
		assert_int_equal(base64_decode(good[i].text, out, sizeof(out)),
		                 good[i].n);
		if (good[i].n)
			assert_memory_equal(out, good[i].octets,
			                    (size_t)good[i].n);
		assert_int_equal(out[good[i].n], '#');
	}
}

static void what_is_not_base64_is_refused(void **state)
{
	char out[64];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(bad); i++)
		if (base64_decode(bad[i], out, sizeof(out)) != -1)
			fail_msg("taken: %s", bad[i]);
}

static void no_octet_but_the_alphabet_is_taken(void **state)
{
	char text[5] = "AAAA", out[3];
	int c, taken = 0;

	(void)state;
	for (c = 1; c < 256; c++) {
		text[1] = (char)c;
		taken += base64_decode(text, out, sizeof(out)) == 3;
	}
	assert_int_equal(taken, 64);
}

static void more_than_there_is_room_for_is_refused(void **state)
{
	char out[8];
	size_t i, room;

	(void)state;
	for (i = 0; i < 7; i++)
		for (room = 0; room < sizeof(out); room++) {
			memset(out, '#', sizeof(out));
			assert_int_equal(base64_decode(good[i].text, out, room),
			                 (size_t)good[i].n <= room ? good[i].n
			                                           : -1);
			if (room < sizeof(out))
				assert_int_equal(out[room], '#');
		}
}

static void the_text_may_be_decoded_in_its_place(void **state)
{
	char text[] = "Zm9vYmE=";

	(void)state;
	assert_int_equal(base64_decode(text, text, sizeof(text)), 5);
	assert_memory_equal(text, "fooba", 5);
}

static void encode(const uint8_t *in, size_t n, char *out)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
				       "nopqrstuvwxyz0123456789+/";
	size_t bit, i;
	int v;

	for (bit = 0; bit < 8 * n; bit += 6) {
		for (v = 0, i = bit; i < bit + 6; i++)
			v = 2 * v + (i < 8 * n && in[i / 8] >> (7 - i % 8) & 1);
		*out++ = alphabet[v];
	}
	for (; bit % 24; bit += 6)
		*out++ = '=';
	*out = '\0';
}

static void whatever_is_encoded_comes_back(void **state)
{
	uint64_t seed = 4648;
	uint8_t octets[40];
	char text[64], out[40];
	size_t i, n, round;

	(void)state;
	for (round = 0; round < 2000; round++) {
		n = support_below(&seed, sizeof(octets) + 1);
		for (i = 0; i < n; i++)
			octets[i] = (uint8_t)support_random(&seed);
		encode(octets, n, text);
		assert_int_equal(base64_decode(text, out, n), n);
		assert_true(memcmp(out, octets, n) == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_good_text_gives_its_octets),
		cmocka_unit_test(what_is_not_base64_is_refused),
		cmocka_unit_test(no_octet_but_the_alphabet_is_taken),
		cmocka_unit_test(more_than_there_is_room_for_is_refused),
		cmocka_unit_test(the_text_may_be_decoded_in_its_place),
		cmocka_unit_test(whatever_is_encoded_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

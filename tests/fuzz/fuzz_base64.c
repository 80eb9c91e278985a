/* SPDX-License-Identifier: ISC */
/*
 * A text can be decoded exactly if the result encodes to the same text.
 * Input: the octets of space, as an octet; a text, which ends at a NUL.
 */
#include "fuzz.h"

#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz"
			       "0123456789+/";

/* Encodes octet by octet; to has space for 4 * (n + 2) / 3 + 1. */
static void encode(const uint8_t *p, size_t n, char *to)
{
	size_t i, bit;
	unsigned int value;

	for (i = 0; i < 8 * n; i += 6) {
		for (value = 0, bit = i; bit < i + 6; bit++)
			value = value << 1 |
			        (bit < 8 * n ? p[bit / 8] >> (7 - bit % 8) & 1U
			                     : 0U);
		*to++ = alphabet[value];
	}
	for (i = n; i % 3; i++)
		*to++ = '=';
	*to = '\0';
}

/* Returns the octets that the text could encode, or -1. */
static ssize_t octets_of(const char *text)
{
	size_t n = strlen(text), plain = strspn(text, alphabet);

	if (n % 4 || n - plain > 2 || (n > plain && plain % 4 < 2) ||
	    strspn(text + plain, "=") != n - plain)
		return -1;
	return (ssize_t)(n / 4 * 3 - (n - plain));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	size_t space = fuzz_octet(&in);
	char *text = fuzz_string(&in, '\0'), *again = strdup(text);
	char *out = malloc(space ? space : 1), *back = malloc(strlen(text) + 8);
	ssize_t n, in_place;

	FUZZ_CHECK(again && out && back);
	n = base64_decode(text, out, space);
	in_place = base64_decode(again, again, strlen(again));
	if (n >= 0) {
		FUZZ_CHECK(in_place == n && n == octets_of(text));
		FUZZ_CHECK(memcmp(again, out, (size_t)n) == 0);
	}
	if (in_place >= 0) {
		FUZZ_CHECK((n < 0) == ((size_t)in_place > space));
		encode((const uint8_t *)again, (size_t)in_place, back);
		FUZZ_CHECK(strcmp(text, back) == 0);
	} else if (octets_of(text) > 0) {
		/* It fails only for bits behind the last octet. */
		FUZZ_CHECK(text[strlen(text) - 1] == '=');
	}
	free(back);
	free(out);
	free(again);
	free(text);
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <string.h>

#include "base/base64.h"

/* Returns the value of a character of the alphabet, or -1. */
static int character_value(char c)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789+/";
	const char *at;

	at = c ? strchr(alphabet, c) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

/* Decodes four characters.  Returns the number of octets, or -1. */
static int decode_group(const char *text, uint8_t out[3])
{
	uint32_t bits = 0;
	int i, v, n = 0;

	for (i = 0; i < 4; i++) {
		v = character_value(text[i]);
		if (v < 0)
			break;
		bits |= (uint32_t)v << (18 - 6 * i);
		n = i;
	}
	if (i < 2 || strspn(text + i, "=") < (size_t)(4 - i))
		return -1;
	if (bits & (0xffffffU >> (8 * n)))
		return -1; /* not canonical: bits after the last octet */
	out[0] = (uint8_t)(bits >> 16);
	out[1] = (uint8_t)(bits >> 8);
	out[2] = (uint8_t)bits;
	return n;
}

ssize_t base64_decode(const char *text, void *out, size_t size)
{
	uint8_t *to = out, octets[3];
	size_t length, done = 0;
	int n = 3;

	length = strlen(text);
	if (length % 4)
		return -1;
	for (; length; text += 4, length -= 4) {
		if (n < 3)
			return -1; /* padding in the middle */
		n = decode_group(text, octets);
		if (n < 0 || (size_t)n > size - done)
			return -1;
		memcpy(to + done, octets, (size_t)n);
		done += (size_t)n;
	}
	return (ssize_t)done;
}

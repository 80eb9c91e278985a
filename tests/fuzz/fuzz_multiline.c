/* SPDX-License-Identifier: ISC */
/*
 * The encoder, fed in pieces of all sizes, writes what the plain reference
 * writes.  Input: the lines of the body that TOP asks for, 255 for all; the
 * text.
 */
#include "fuzz.h"

#include "pop3/multiline.h"
#include "reference.h"

/* Encodes it in pieces; each call has just the space it may need. */
static size_t encode(struct multiline *m, const char *text, size_t n, int round,
                     char *out)
{
	uint64_t seed = n;
	size_t at, k, put, done = 0;
	char *piece, *space;

	for (at = 0; at < n; at += k) {
		k = fuzz_piece(&seed, round, n - at);
		piece = fuzz_copy(text + at, k);
		space = malloc(MULTILINE_ROOM(k));
		FUZZ_CHECK(space);
		put = multiline_encode(m, piece, k, space);
		memcpy(out + done, space, put);
		done += put;
		free(space);
		free(piece);
	}
	space = malloc(MULTILINE_ROOM(0));
	FUZZ_CHECK(space);
	put = multiline_end(m, space);
	memcpy(out + done, space, put);
	free(space);
	return done + put;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	uint64_t lines = fuzz_octet(&in);
	const char *text = (const char *)in.p;
	struct multiline m;
	char *want, *have;
	int64_t octets;
	size_t n;
	int round;

	if (lines == UINT8_MAX)
		lines = MULTILINE_ALL;
	want = malloc(3 * in.n + 8);
	have = malloc(3 * in.n + 8);
	FUZZ_CHECK(want && have);
	n = reference_encode(text, in.n, lines, want, &octets);
	for (round = 0; round < FUZZ_ROUNDS; round++) {
		multiline_begin(&m, lines);
		FUZZ_CHECK(encode(&m, text, in.n, round, have) == n);
		FUZZ_CHECK(memcmp(have, want, n) == 0);
		FUZZ_CHECK(m.octets == octets);
	}
	free(have);
	free(want);
	return 0;
}

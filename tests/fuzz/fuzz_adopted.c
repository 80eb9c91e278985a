/* SPDX-License-Identifier: ISC */
/*
 * Input: an octet; then a file of adopted ids.  If the octet's lowest bit is
 * set, the first line is made to fit the rest: no other octets are taken for
 * lines.  Whatever the lines are, a search ends within them; if they pass the
 * check, each pair is found, and no old id is one of our own.
 */
#include "fuzz.h"

#include "base/digest.h"
#include "maildrop/adopted.h"

/* Looks for ids that are there or not; they may be any text. */
static void search(struct adopted *a, const char *text, size_t n)
{
	struct adopted_pair pair;
	size_t i;

	for (i = 0; i + ADOPTED_OWN <= n; i += 7) {
		if (adopted_find(a, text + i, UIDL_TEXT, &pair))
			FUZZ_CHECK(pair.old + pair.old_n < a->end &&
			           pair.old_n <= ADOPTED_ID);
		(void)adopted_find(a, text + i, ADOPTED_OWN, &pair);
		adopted_expect(a, &(struct uidl){.high = digest_of(text, i)},
		               1);
	}
}

static void find_each(struct adopted *a)
{
	struct adopted_pair pair, found;
	const char *p;

	for (p = a->pairs; p < a->end;) {
		p = adopted_line(p, a->end, &pair);
		FUZZ_CHECK(p);
		FUZZ_CHECK(adopted_is_own(pair.own, pair.own_n));
		FUZZ_CHECK(!adopted_is_own(pair.old, pair.old_n));
		FUZZ_CHECK(adopted_find(a, pair.own, pair.own_n, &found));
		FUZZ_CHECK(found.old == pair.old && found.old_n == pair.old_n);
	}
}

static uint32_t count_lines(const char *text, size_t n)
{
	uint32_t count = 0;

	while (n-- > 0)
		count += *text++ == '\n';
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct fuzz_input in = {data, size};
	const bool sign = fuzz_octet(&in) & 1;
	char *text = fuzz_copy(in.p, in.n);
	char *file = malloc(ADOPTED_HEADER + in.n);
	struct adopted a;
	size_t n = 0;

	FUZZ_CHECK(text && file);
	if (sign)
		n = adopted_header(file, "popa3d", count_lines(text, in.n),
		                   text, in.n);
	if (in.n)
		memcpy(file + n, text, in.n);
	if (fd < 0) {
		fd = fuzz_file("uidl");
		FUZZ_CHECK(fchmod(fd, 0600) == 0);
	}
	fuzz_fill(fd, (const uint8_t *)file, n + in.n);
	if (adopted_read(&a, fd) == 0) {
		search(&a, text, in.n);
		if (adopted_check(&a))
			find_each(&a);
	} else {
		FUZZ_CHECK(!sign);
		FUZZ_CHECK(!adopted_find(&a, "aaaaaaaaaaaaaaaaaaaaaaaaaa", 26,
		                         &(struct adopted_pair){0}));
	}
	adopted_free(&a);
	free(file);
	free(text);
	return 0;
}

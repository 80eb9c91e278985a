/* SPDX-License-Identifier: ISC */
/*
 * The scanner, fed in pieces of all sizes, finds what the plain reference
 * finds; the same holds for odd lines.  Input: a mailbox.
 */
#include "fuzz.h"

#include "mbox/oddlines.h"
#include "reference.h"

static struct reference want;
static size_t found; /* messages of want */

static int compare(void *ctx, const struct mbox_message *m)
{
	const struct mbox_message *w = &want.message[found++];

	FUZZ_CHECK(found <= want.messages);
	FUZZ_CHECK(m->start == w->start && m->text == w->text);
	FUZZ_CHECK(m->body == w->body && m->end == w->end);
	FUZZ_CHECK(m->octets == w->octets);
	FUZZ_CHECK(m->digest == w->digest);
	FUZZ_CHECK(m->uidl.high == w->uidl.high);
	FUZZ_CHECK(m->uidl.low == w->uidl.low);
	FUZZ_CHECK(m->flagged == w->flagged);
	FUZZ_CHECK(m->internal == (w->internal && !ctx));
	return 0;
}

/* Scans from a place on, which is a message's start or 0. */
static void scan(const char *text, size_t n, int round, size_t from)
{
	struct mboxscan *s;
	uint64_t seed = n;
	size_t at, k;
	char *piece;
	int r = 0;

	s = mboxscan_new(compare, from > 0 ? &want : NULL);
	FUZZ_CHECK(s);
	if (from > 0)
		mboxscan_from(s, (off_t)from);
	for (at = from; at < n && r == 0; at += k) {
		k = fuzz_piece(&seed, round, n - at);
		piece = fuzz_copy(text + at, k);
		r = mboxscan_feed(s, piece, k);
		free(piece);
	}
	if (r == 0)
		r = mboxscan_end(s);
	mboxscan_free(s);
	FUZZ_CHECK(r == (want.not_mbox ? MBOXSCAN_NOT_MBOX : 0));
	FUZZ_CHECK(found == want.messages);
}

/* Does RETR send as many octets as the scan says? */
static void check_octets(const char *text)
{
	const struct mbox_message *m;
	int64_t octets;
	char *out;
	size_t i, n;

	for (i = 0; i < want.messages; i++) {
		m = &want.message[i];
		n = (size_t)(m->end - m->text);
		out = malloc(3 * n + 8);
		FUZZ_CHECK(out);
		(void)reference_encode(text + m->text, n, UINT64_MAX, out,
		                       &octets);
		FUZZ_CHECK(octets == m->octets);
		free(out);
	}
}

static void check_odd(const char *text, size_t n, int round)
{
	struct oddlines odd = {.n = 0};
	uint64_t seed = n;
	size_t at, k;

	for (at = 0; at < n; at += k) {
		k = fuzz_piece(&seed, round, n - at);
		oddlines_feed(&odd, text + at, k);
	}
	oddlines_end(&odd);
	if (want.not_mbox)
		return;
	FUZZ_CHECK(odd.found[ODDLINES_UNDATED].count == want.undated);
	FUZZ_CHECK(odd.found[ODDLINES_NO_BLANK].count == want.unblank);
	FUZZ_CHECK(odd.found[ODDLINES_TEXT].count == want.unstarted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t last;
	int round;

	reference_scan(&want, text, size);
	check_octets(text);
	for (round = 0; round < FUZZ_ROUNDS; round++) {
		found = 0;
		scan(text, size, round, 0);
		check_odd(text, size, round);
	}
	if (want.messages > 1) {
		found = want.messages / 2;
		last = (size_t)want.message[found].start;
		scan(text, size, 2, last);
	}
	return 0;
}

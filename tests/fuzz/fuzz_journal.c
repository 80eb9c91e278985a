/* SPDX-License-Identifier: ISC */
/*
 * Recovery, with a journal of any octets: the mailbox stays as it is, or
 * becomes what the newest sound record says.
 *
 * Input: an octet, whose bits say which digests are made to fit, so that the
 * rest is read; the mailbox's size, in two octets; the mailbox; the journal,
 * with the two records first, as src/update/record.c has them.
 */
#include "fuzz.h"

#include "base/digest.h"
#include "files.h"
#include "update/fingerprint.h"
#include "update/recovery.h"

enum { SIGN_FIRST = 1, SIGN_SECOND = 2, SIGN_PAYLOAD = 4, FIT = 8 };

/* A record's header; LLVMFuzzerInitialize checks its form. */
struct header {
	char magic[8];
	uint64_t sequence, kind;
	int64_t area, to, size, window;
	uint64_t fingerprint;
	char tail[RECORD_TAIL];
	uint8_t nonce[RECORD_NONCE];
	uint64_t ranges;
	int64_t payload;
	uint64_t payload_digest, digest;
};

#define SLOT    ((size_t)JOURNAL_SLOT)
#define MAILBOX 4096 /* octets that it has at most */

static int mailbox, journal;
static struct files_text before, after, want;
static char octets[2 * SLOT];

static uint64_t digest_header(const struct header *h)
{
	return digest_of(h, offsetof(struct header, digest));
}

/* Returns the ranges, if they are in the slots. */
static const struct range *ranges_of(const struct header *h)
{
	static struct range ranges[SLOT / sizeof(struct range)];

	if (h->ranges > SLOT / sizeof(struct range) || h->payload < 0 ||
	    h->payload > (int64_t)(sizeof(octets) -
	                           h->ranges * sizeof(struct range)))
		return NULL;
	memcpy(ranges, octets + h->payload, h->ranges * sizeof(ranges[0]));
	return ranges;
}

/* Returns the octets of a record's payload, or -1 if not in the slots. */
static int64_t payload_of(const struct header *h)
{
	int64_t n = (int64_t)(h->ranges * sizeof(struct range));

	if (!ranges_of(h) || h->window < 0 || h->window > MAILBOX)
		return -1;
	if (h->kind == RECORD_COPY)
		n += h->window;
	return h->payload + n <= (int64_t)sizeof(octets) ? n : -1;
}

/* Makes the record fit this mailbox, if its numbers allow that. */
static void fit(struct header *h)
{
	struct record r = {.kind = (enum record_kind)h->kind,
	                   .to = h->to,
	                   .size = h->size,
	                   .window = h->window,
	                   .n = h->ranges};
	const struct range *ranges = ranges_of(h);
	off_t at = h->to;
	size_t i;

	if (!ranges || h->to < 0 || h->size < 0 ||
	    h->size > (int64_t)before.n || h->window < 0 || h->window > MAILBOX)
		return;
	for (i = 0; i < h->ranges; at = ranges[i++].end)
		if (ranges[i].start < at || ranges[i].end <= ranges[i].start)
			return;
	if (at > h->size)
		return;
	r.kept = malloc(h->ranges * sizeof(*ranges) + 1);
	FUZZ_CHECK(r.kept);
	memcpy(r.kept, ranges, h->ranges * sizeof(*ranges));
	if (fingerprint_take(mailbox, &r) == 0) {
		h->fingerprint = r.fingerprint;
		memcpy(h->tail, r.tail, sizeof(h->tail));
	}
	free(r.kept);
}

/* Signs the record in a slot, as the input asks for. */
static void sign(size_t slot, uint8_t how)
{
	struct header h;

	memcpy(&h, octets + slot * SLOT, sizeof(h));
	memcpy(h.magic, "onepopJ1", sizeof(h.magic));
	if (how & FIT)
		fit(&h);
	if (how & SIGN_PAYLOAD && payload_of(&h) >= 0)
		h.payload_digest =
			digest_of(octets + h.payload, (size_t)payload_of(&h));
	h.digest = digest_header(&h);
	memcpy(octets + slot * SLOT, &h, sizeof(h));
}

/* Makes the mailbox that the record leads to. */
static void expect(const struct record *r, off_t data)
{
	off_t skip = r->kind == RECORD_COPY ? r->window : 0, n, at;
	size_t i;

	FUZZ_CHECK(r->to >= 0 && r->to <= (off_t)before.n);
	memcpy(want.s, before.s, (size_t)r->to);
	want.n = (size_t)r->to;
	if (skip) {
		FUZZ_CHECK(pread(journal, want.s + want.n, (size_t)skip,
		                 data) == skip);
		want.n += (size_t)skip;
	}
	for (i = 0; i < r->n; i++) {
		n = r->kept[i].end - r->kept[i].start;
		at = n < skip ? n : skip;
		skip -= at;
		memcpy(want.s + want.n, before.s + r->kept[i].start + at,
		       (size_t)(n - at));
		want.n += (size_t)(n - at);
	}
	n = (off_t)before.n - r->size;
	if (n > 0) {
		memcpy(want.s + want.n, before.s + r->size, (size_t)n);
		want.n += (size_t)n;
	}
}

/* Reads what recovery will read. */
static void look(void)
{
	struct journal j = {.fd = journal};
	struct record r;

	want.n = FILES_MOST;
	if (record_read(&j, &r) != 0)
		return;
	if (r.kind != RECORD_IDLE && r.size <= (off_t)before.n)
		expect(&r, j.data);
	free(r.kept);
}

static void recover(void)
{
	struct journal j = {.fd = journal};
	enum recovery result;

	if (record_idle(&j))
		return;
	result = recovery_run(&j, mailbox);
	files_read(mailbox, &after);
	FUZZ_CHECK(result != RECOVERY_ERROR);
	if (result != RECOVERY_DONE) {
		FUZZ_CHECK(files_same(&after, &before));
		return;
	}
	FUZZ_CHECK(files_same(&after, &want));
	/* Nothing is left to be finished. */
	j = (struct journal){.fd = journal};
	FUZZ_CHECK(record_idle(&j));
}

/* Has the program's own record the form that this target makes? */
static void check_form(void)
{
	struct range kept[] = {{60, 80}};
	struct record r = {.kind = RECORD_COPY,
	                   .to = 10,
	                   .size = 100,
	                   .window = 20,
	                   .kept = kept,
	                   .n = 1};
	struct journal j = {.fd = journal};
	struct header h;

	memset(before.s, 'x', 100);
	fuzz_fill(mailbox, before.s, 100);
	FUZZ_CHECK(record_prepare(&j) == 0);
	FUZZ_CHECK(record_write(&j, &r, mailbox) == 0);
	FUZZ_CHECK(pread(journal, octets, sizeof(octets), 0) ==
	           (ssize_t)sizeof(octets));
	memcpy(&h, octets + j.sequence % 2 * SLOT, sizeof(h));
	FUZZ_CHECK(h.kind == RECORD_COPY && h.to == 10 && h.size == 100);
	FUZZ_CHECK(h.window == 20 && h.ranges == 1);
	FUZZ_CHECK(h.digest == digest_header(&h));
	FUZZ_CHECK(payload_of(&h) == sizeof(kept) + 20);
	FUZZ_CHECK(h.payload_digest ==
	           digest_of(octets + h.payload, sizeof(kept) + 20));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	files_init();
	mailbox = fuzz_file("mailbox");
	journal = fuzz_file("journal");
	check_form();
	return 0;
}

/* The rest of the input: half of it goes to each slot. */
static void fill_journal(const struct fuzz_input *in)
{
	size_t half = in->n / 2 < SLOT ? in->n / 2 : SLOT;

	memset(octets, 0, sizeof(octets));
	if (half) {
		memcpy(octets, in->p, half);
		memcpy(octets + SLOT, in->p + half, half);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	uint8_t how = fuzz_octet(&in);
	size_t n = (size_t)fuzz_number(&in, 2) % MAILBOX;

	files_reset();
	n = n < in.n ? n : in.n;
	fuzz_fill(mailbox, in.p, n);
	files_read(mailbox, &before);
	in.p += n;
	in.n -= n;
	fill_journal(&in);
	if (how & SIGN_FIRST)
		sign(0, how);
	if (how & SIGN_SECOND)
		sign(1, how);
	fuzz_fill(journal, octets, sizeof(octets));
	look();
	recover();
	return 0;
}

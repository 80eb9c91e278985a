/* SPDX-License-Identifier: ISC */
/*
 * With an index of any octets, bringing it up to date gives what a new scan
 * finds.
 *
 * Input: an octet, whose bits say how the index is made and what happens to
 * the mailbox; the part of the mailbox that is there at first, in 256ths; the
 * number of changes to the index, and each change as two octets of place and
 * one of value; the mailbox.
 *
 * Wraps: clock_gettime clock_nanosleep
 */
#include "fuzz.h"

#include <time.h>

#include "base/digest.h"
#include "files.h"
#include "index/sync.h"
#include "reference.h"

enum {
	RAW = 1,      /* the index has only the octets of the changes */
	SIGN = 2,     /* the digests are made to fit the changes */
	OLD = 4,      /* it was made long after the mailbox was changed */
	CONTENT = 8,  /* times are not trusted */
	REMOVE = 16,  /* every third message is removed */
	CLAIM = 32,   /* a raw or damaged header claims to be of this mailbox */
	TAIL = 64,    /* the old end of the mailbox is changed */
	INSIDE = 128, /* the part may end inside of a message */
};

/* The file's first block; LLVMFuzzerInitialize checks its form. */
struct header {
	char magic[8];
	uint64_t order;
	struct index_seen seen;
	uint64_t count, hidden, highest_duplicate;
	int64_t octets;
	struct blockfile_saved blocks;
	uint64_t digest;
};

static int mailbox, file;
static struct reference found;
static struct files_text text;
static time_t skew;
static char octets[1 << 17];

int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
int __real_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *t,
                           struct timespec *left);

int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
	int done = __real_clock_gettime(clock, t);

	t->tv_sec += skew;
	return done;
}

/* Nothing waits. */
int __wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *t,
                           struct timespec *left)
{
	(void)clock;
	(void)flags;
	(void)t;
	(void)left;
	return 0;
}

static enum sync list(struct index *ix, enum sync_trust trust)
{
	struct stat st;

	index_init(ix);
	FUZZ_CHECK(fstat(file, &st) == 0);
	blockfile_init(&ix->blocks, dup(file), st.st_size);
	FUZZ_CHECK(fstat(mailbox, &st) == 0);
	return sync_make(ix, mailbox, &st, trust);
}

/* Does the index say what the reference does? */
static void check(struct index *ix, enum sync result)
{
	const struct mbox_message *w;
	struct mbox_message m;
	int64_t sum = 0;
	uint32_t i;

	files_read(mailbox, &text);
	reference_scan(&found, text.s, text.n);
	FUZZ_CHECK(result == (found.not_mbox ? SYNC_NOT_MBOX : SYNC_OK));
	if (found.not_mbox)
		return;
	FUZZ_CHECK(ix->count == found.messages);
	FUZZ_CHECK(ix->hidden == (ix->count && found.message[0].internal));
	for (i = 0; i < ix->count; i++) {
		w = &found.message[i];
		sum += w->internal ? 0 : w->octets;
		FUZZ_CHECK(index_get(ix, i, &m) == 0);
		FUZZ_CHECK(m.start == w->start && m.text == w->text);
		FUZZ_CHECK(m.body == w->body && m.end == w->end);
		FUZZ_CHECK(m.octets == w->octets && m.digest == w->digest);
		FUZZ_CHECK(m.uidl.high == w->uidl.high);
		FUZZ_CHECK(m.uidl.low == w->uidl.low);
		FUZZ_CHECK(m.internal == w->internal);
	}
	FUZZ_CHECK(ix->octets == sum);
}

/* Does the same for the list, and for the blocks it names in the file. */
static void sign_list(const struct header *h, size_t n, uint64_t *digest)
{
	struct blockfile_entry e;
	size_t at, i, size = h->blocks.n * sizeof(e);

	if (h->blocks.n > 8 || h->blocks.list > n / BLOCKFILE_OCTETS)
		return;
	at = h->blocks.list * BLOCKFILE_OCTETS;
	if (at + size > n)
		return;
	for (i = 0; i < h->blocks.n; i++) {
		memcpy(&e, octets + at + i * sizeof(e), sizeof(e));
		if (e.place > n / BLOCKFILE_OCTETS ||
		    (e.place + 1) * BLOCKFILE_OCTETS > n)
			continue;
		e.digest = digest_of(octets + e.place * BLOCKFILE_OCTETS,
		                     BLOCKFILE_OCTETS);
		memcpy(octets + at + i * sizeof(e), &e, sizeof(e));
	}
	*digest = digest_of(octets + at, size);
}

/* Makes the digests fit. */
static void sign(size_t n, bool claim)
{
	struct header h;
	struct stat st;

	if (n < sizeof(h))
		return;
	memcpy(&h, octets, sizeof(h));
	memcpy(h.magic, "onepopX5", sizeof(h.magic));
	h.order = 0x0102030405060708;
	FUZZ_CHECK(fstat(mailbox, &st) == 0);
	if (claim) {
		h.seen.inode = st.st_ino;
		h.seen.size = st.st_size / 2;
	}
	sign_list(&h, n, &h.blocks.digest);
	h.digest = digest_of(&h, offsetof(struct header, digest));
	memcpy(octets, &h, sizeof(h));
}

/* Makes the index what the input says. */
static void change_index(struct fuzz_input *in, uint8_t how)
{
	size_t changes = fuzz_octet(in), at, n;
	struct stat st;

	FUZZ_CHECK(fstat(file, &st) == 0 && st.st_size < (int)sizeof(octets));
	n = (size_t)st.st_size;
	memset(octets, 0, sizeof(octets));
	if (how & RAW)
		n = 3 * BLOCKFILE_OCTETS;
	else
		FUZZ_CHECK(pread(file, octets, n, 0) == (ssize_t)n);
	if (changes == 0 && !(how & RAW))
		return;
	for (; changes > 0; changes--) {
		at = (size_t)fuzz_number(in, 2);
		octets[at] = (char)fuzz_octet(in);
	}
	if (how & SIGN)
		sign(n, how & CLAIM);
	fuzz_fill(file, octets, n);
}

/* Keeps the blank line before the next message, as the removal does. */
static struct range range_of(uint32_t i, bool *kept)
{
	size_t start = (size_t)found.message[i].start, end = text.n;

	if (i + 1 < found.messages)
		end = (size_t)found.message[i + 1].start;
	if (i + 1 < found.messages &&
	    reference_kept_blank(text.s, start, end) > 0) {
		*kept = true;
		end -= reference_kept_blank(text.s, start, end);
	}
	return (struct range){(off_t)start, (off_t)end};
}

static void remove_some(struct index *ix)
{
	static struct range ranges[32768];
	uint8_t gone[4096] = {0};
	struct stat st, before;
	bool kept = false;
	size_t n = 0, k;
	uint32_t i;

	if (ix->count > 32768)
		return;
	for (i = ix->hidden; i < ix->count; i++) {
		if ((i + 1) % 3)
			continue;
		gone[i / 8] |= (uint8_t)(1 << i % 8);
		ranges[n++] = range_of(i, &kept);
	}
	for (k = n; k-- > 0;) {
		memmove(text.s + ranges[k].start, text.s + ranges[k].end,
		        text.n - (size_t)ranges[k].end);
		text.n -= (size_t)(ranges[k].end - ranges[k].start);
	}
	FUZZ_CHECK(fstat(mailbox, &before) == 0);
	fuzz_fill(mailbox, text.s, text.n);
	FUZZ_CHECK(fstat(mailbox, &st) == 0);
	sync_remove(ix, mailbox, &st, &before,
	            &(struct sync_removed){gone, ranges, n});
	if (kept)
		index_void(ix);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct index ix;
	struct header h;

	(void)argc;
	(void)argv;
	files_init();
	sync_small = 0; /* a sample of any mailbox is compared */
	mailbox = fuzz_file("mailbox");
	file = fuzz_file("index");
	FUZZ_CHECK(list(&ix, SYNC_TIMES) == SYNC_OK);
	FUZZ_CHECK(pread(file, &h, sizeof(h), 0) == sizeof(h));
	FUZZ_CHECK(h.digest == digest_of(&h, offsetof(struct header, digest)));
	index_close(&ix);
	return 0;
}

/* Brings the index up to date once more, as the next session does. */
static void list_again(enum sync_trust trust, bool removes)
{
	struct index ix;

	check(&ix, list(&ix, trust));
	if (removes && !found.not_mbox)
		remove_some(&ix);
	index_close(&ix);
}

/* A forger can make the index say anything, but that does no harm. */
static void list_signed(enum sync_trust trust)
{
	struct mbox_message m;
	struct index ix;
	uint32_t i;

	if (list(&ix, trust) == SYNC_OK)
		for (i = 0; i < ix.count && index_get(&ix, i, &m) == 0; i++)
			FUZZ_CHECK(m.start >= 0 && m.text >= m.start &&
			           m.body >= m.text && m.end >= m.body);
	index_close(&ix);
}

/* Returns how many octets of the mailbox are there at first. */
static size_t first_part(const struct fuzz_input *in, size_t part, uint8_t how)
{
	size_t n = in->n * part / 256;

	while (!(how & INSIDE) && n > 0 &&
	       (n + 5 > in->n || memcmp(in->p + n, "From ", 5) != 0))
		n--;
	return n;
}

/* Makes the mailbox what it is in the end. */
static void change_mailbox(const struct fuzz_input *in, size_t n, uint8_t how)
{
	if (how & TAIL && !(how & OLD) && n > 3)
		FUZZ_CHECK(pwrite(mailbox, "\n", 1, (off_t)n - 3) == 1);
	FUZZ_CHECK(pwrite(mailbox, in->p + n, in->n - n, (off_t)n) ==
	           (ssize_t)(in->n - n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size}, changes;
	uint8_t how = fuzz_octet(&in);
	size_t part = fuzz_octet(&in);
	enum sync_trust trust = how & CONTENT ? SYNC_CONTENT : SYNC_TIMES;
	size_t n = 1 + 3 * (in.n > 0 ? *in.p : 0U);

	changes = (struct fuzz_input){in.p, n < in.n ? n : in.n};
	in.p += changes.n;
	in.n -= changes.n;
	files_reset();
	skew = how & OLD ? 3600 : 0;
	fuzz_fill(file, NULL, 0);
	n = in.n > 5 ? first_part(&in, part, how) : 0;
	fuzz_fill(mailbox, in.p, n);
	list_again(trust, false);
	change_index(&changes, how);
	if (in.n > 0)
		change_mailbox(&in, n, how);
	if (how & SIGN) {
		list_signed(trust);
	} else {
		list_again(trust, how & REMOVE);
		list_again(trust, how & REMOVE);
	}
	list_again(SYNC_NOTHING, false);
	return 0;
}

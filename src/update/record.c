/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <linux/falloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/byteorder.h"
#include "base/digest.h"
#include "base/fileio.h"
#include "update/record.h"

#define REWRITE_OCTETS 65536      /* written again at once */
#define WINDOW_LEAST   1024       /* octets of window, beside all ranges */
#define RECORD_MAGIC   "onepopJ1" /* the last octet is the version */

/* A record as it stands at the start of a slot. */
struct header {
	char magic[8];
	uint64_t sequence;
	uint64_t kind;
	int64_t area; /* octets of each area */
	int64_t to, size, window;
	uint64_t fingerprint;
	char tail[RECORD_TAIL];
	uint8_t nonce[RECORD_NONCE];
	uint64_t ranges;
	int64_t payload;         /* where the ranges are, and then the window */
	uint64_t payload_digest; /* of both */
	uint64_t digest;         /* of all above */
} BYTEORDER_FILE;

/* Octets of payload that a slot has space for, before the mark of journal.c. */
#define SLOT_SPACE (JOURNAL_SLOT - (off_t)sizeof(struct header) - 8)

/* Returns 1 for a header of ours, 0 for none, or -1 with errno. */
static int read_slot_header(const struct journal *j, int slot, struct header *h)
{
	ssize_t n;

	n = fileio_pread(j->fd, h, sizeof(*h), slot * JOURNAL_SLOT);
	if (n < 0)
		return -1;
	return n == (ssize_t)sizeof(*h) &&
	       memcmp(h->magic, RECORD_MAGIC, 8) == 0 &&
	       h->sequence < UINT64_MAX / 2 && /* some can follow */
	       digest_of(h, offsetof(struct header, digest)) == h->digest;
}

/*
 * Has nothing ever been written to the first slot, where record_prepare writes
 * its second record?
 */
static bool is_unwritten(const char start[static 8])
{
	static const char zeros[8];

	return memcmp(start, zeros, sizeof(zeros)) == 0;
}

/*
 * Reads the slots' headers, the newer first.  Returns how many there are, or
 * -1 with errno.  Sets *new to whether the journal is new; then there is none.
 */
static int read_headers(const struct journal *j, struct header h[2], bool *new)
{
	struct header older;
	int first, second;

	memset(&h[0], 0, sizeof(h[0])); /* the file may be shorter */
	first = read_slot_header(j, 0, &h[0]);
	*new = first == 0 && is_unwritten(h[0].magic);
	if (*new)
		return 0;
	second = first < 0 ? -1 : read_slot_header(j, 1, &h[first]);
	if (second < 0)
		return -1;
	if (first + second == 2 && h[1].sequence > h[0].sequence) {
		older = h[0];
		h[0] = h[1];
		h[1] = older;
	}
	return first + second;
}

bool record_idle(struct journal *j)
{
	struct header h[2];
	bool new;
	int n;

	n = read_headers(j, h, &new);
	if (new)
		return true;
	if (n <= 0 || h[0].kind != RECORD_IDLE)
		return false;
	j->sequence = h[0].sequence;
	j->idle = true;
	return true;
}

/*
 * Returns the next record's sequence, which chooses its slot.  RECORD_IDLE may
 * not have reached the disk, so the next record takes its slot: if it is torn,
 * the other slot has the RECORD_CUT of the update before, which was synced,
 * and not the window before that.
 */
static uint64_t next_sequence(const struct journal *j, uint64_t kind)
{
	return j->sequence + (j->idle && kind != RECORD_IDLE ? 2 : 1);
}

static int write_next_header(struct journal *j, struct header *h)
{
	j->sequence = next_sequence(j, h->kind);
	j->idle = h->kind == RECORD_IDLE;
	memcpy(h->magic, RECORD_MAGIC, sizeof(h->magic));
	h->sequence = j->sequence;
	h->digest = digest_of(h, offsetof(struct header, digest));
	return fileio_pwrite(j->fd, h, sizeof(*h),
	                     (off_t)(h->sequence % 2) * JOURNAL_SLOT);
}

/* Returns the octets of payload that a record can have. */
static off_t payload_space(off_t area)
{
	return area > SLOT_SPACE ? area : SLOT_SPACE;
}

/* Could we have written this record? */
static bool is_consistent(const struct header *h, const struct range *kept)
{
	off_t at = h->to, left;
	uint64_t i;

	for (i = 0; i < h->ranges; i++) {
		if (kept[i].start < at || kept[i].end <= kept[i].start)
			return false;
		at = kept[i].end;
	}
	if (at > h->size || (h->ranges > 0 && kept[0].start == h->to))
		return false;
	left = ranges_octets(kept, h->ranges);
	return h->window <= left &&
	       (h->kind == RECORD_CUT ? left == 0
	                              : h->window > 0 || left == 0) &&
	       h->size - h->to - left >= RECORD_NONCE;
}

/*
 * Are the header's numbers small enough to be used, so that no sum of them
 * overflows?  Recovery may have to write one range more and a small window.
 */
static bool is_bounded(const struct header *h)
{
	uint64_t most = (uint64_t)payload_space(h->area) / sizeof(struct range);

	return h->kind >= RECORD_COPY && h->kind <= RECORD_CUT && h->to >= 0 &&
	       h->size >= h->to && h->size < INT64_MAX / 2 && h->area >= 0 &&
	       h->area <= RECORD_AREA_MAX && h->ranges < most - 1 &&
	       h->window >= 0 && h->window <= h->size && h->payload >= 0 &&
	       h->payload < INT64_MAX / 4;
}

/*
 * Reads a record's ranges and checks them and its window.  Returns 1 if the
 * record is whole, 0 if not, or -1 with errno.
 */
static int read_payload(const struct journal *j, const struct header *h,
                        struct range **ret)
{
	const size_t size = h->ranges * sizeof(struct range);
	const off_t window = h->payload + (off_t)size;
	const off_t end = window + (h->kind == RECORD_COPY ? h->window : 0);
	struct range *kept;
	struct digest *d;
	ssize_t n = -1;
	off_t octets = -1;
	int whole = -1;

	kept = malloc(size + sizeof(*kept));
	d = digest_new();
	if (kept && d)
		n = fileio_pread(j->fd, kept, size, h->payload);
	if (n >= 0) {
		digest_add(d, kept, (size_t)n);
		octets = digest_add_file(d, j->fd, window, end);
	}
	if (octets >= 0)
		whole = n == (ssize_t)size && octets == end - window &&
		        digest_end(d) == h->payload_digest &&
		        is_consistent(h, kept);
	digest_free(d);
	if (whole == 1)
		*ret = kept;
	else
		free(kept);
	return whole;
}

static void set_record(struct record *r, const struct header *h,
                       struct range *kept)
{
	r->kind = (enum record_kind)h->kind;
	r->to = h->to;
	r->size = h->size;
	r->window = h->window;
	r->fingerprint = h->fingerprint;
	memcpy(r->nonce, h->nonce, sizeof(r->nonce));
	memcpy(r->tail, h->tail, sizeof(r->tail));
	r->kept = kept;
	r->n = h->ranges;
}

/* Does the same, and makes the record of what was read. */
static int read_record(struct journal *j, const struct header *h,
                       struct record *ret)
{
	struct range *kept = NULL;
	int whole = 1;

	if (h->kind != RECORD_IDLE)
		whole = is_bounded(h) ? read_payload(j, h, &kept) : 0;
	if (whole != 1)
		return whole;
	/* The next record overwrites what is torn, not what is whole. */
	j->sequence = h->sequence;
	j->idle = h->kind == RECORD_IDLE;
	j->area = j->data = 0;
	if (j->idle)
		return 1; /* its other numbers mean nothing */
	set_record(ret, h, kept);
	/* Where the areas are must not change while one is needed. */
	j->area = h->area;
	j->data = h->payload + (off_t)(h->ranges * sizeof(struct range));
	return 1;
}

/* Writes n octets of a file over themselves. */
static int write_again(int fd, off_t at, off_t n)
{
	static char buf[REWRITE_OCTETS];
	ssize_t got;

	for (; n > 0; at += got, n -= got) {
		got = n < REWRITE_OCTETS ? n : REWRITE_OCTETS;
		got = fileio_pread(fd, buf, (size_t)got, at);
		if (got <= 0 || fileio_pwrite(fd, buf, (size_t)got, at) < 0)
			return -1;
	}
	return 0;
}

/*
 * Writes the record again and syncs it.  After a sync that failed, the kernel
 * counts octets as written that are not on the disk, and the next sync
 * succeeds: only writing them again helps.
 */
static int make_durable(struct journal *j, const struct header *h)
{
	off_t n = (off_t)(h->ranges * sizeof(struct range));

	if (h->kind == RECORD_IDLE)
		return 0;
	if (h->kind == RECORD_COPY)
		n += h->window;
	if (write_again(j->fd, h->payload, n) < 0 ||
	    write_again(j->fd, (off_t)(h->sequence % 2) * JOURNAL_SLOT,
	                sizeof(*h)) < 0)
		return -1;
	return fileio_fdatasync(j->fd);
}

int record_read(struct journal *j, struct record *ret)
{
	struct header h[2];
	int i, n, whole = 0;
	bool new;

	memset(ret, 0, sizeof(*ret));
	ret->kind = RECORD_IDLE;
	if (fileio_fdatasync(j->fd) < 0)
		return -1;
	n = read_headers(j, h, &new);
	if (new)
		return 0;
	for (i = 0; i < n && whole == 0; i++)
		whole = read_record(j, &h[i], ret);
	if (n < 0 || whole < 0)
		return -1;
	if (whole == 0)
		return 1;
	if (make_durable(j, &h[i - 1]) == 0)
		return 0;
	free(ret->kept);
	ret->kept = NULL;
	return -1;
}

/* Cuts the areas off, and so frees their disk space. */
static void cut_areas(struct journal *j)
{
	(void)fileio_ftruncate(j->fd, 2 * JOURNAL_SLOT);
	j->size = 2 * JOURNAL_SLOT;
	j->area = 0;
}

void record_trim(struct journal *j)
{
	if (j->idle && j->size > 2 * JOURNAL_SLOT)
		cut_areas(j);
}

/* Frees the areas, apart from start to end; the slots stay. */
static void keep_part_of_areas(struct journal *j, off_t start, off_t end)
{
	const off_t areas = 2 * JOURNAL_SLOT;

	if (start > areas)
		(void)fileio_fallocate(
			j->fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE,
			areas, start - areas);
	if (j->size > end)
		(void)fileio_ftruncate(j->fd, end > areas ? end : areas);
}

void record_set_aside(struct journal *j, const struct record *r)
{
	off_t table, window;

	if (r) {
		table = (off_t)(r->n * sizeof(struct range));
		window = r->kind == RECORD_COPY ? r->window : 0;
		keep_part_of_areas(j, j->data - table, j->data + window);
	} else {
		keep_part_of_areas(j, 0, RECORD_JOURNAL_MOST);
	}
	journal_set_aside(j);
}

static int allocate_octets(struct journal *j, off_t at, off_t n)
{
	static const char zeros[4096];
	int fd = j->fd;

	if (j->size < at + n)
		j->size = at + n; /* or less, if this fails */
	if (fileio_fallocate(fd, 0, at, n) == 0)
		return 0;
	if (errno != EOPNOTSUPP)
		return -1;
	for (; n > 0; at += (off_t)sizeof(zeros), n -= (off_t)sizeof(zeros))
		if (fileio_pwrite(fd, zeros, sizeof(zeros), at) < 0)
			return -1;
	return 0;
}

/* The slots get a first record: an update's is never the only one there. */
int record_prepare(struct journal *j)
{
	struct header h = {.kind = RECORD_IDLE};
	char start[8] = "";

	if (fileio_pread(j->fd, start, 8, 0) < 0 || !is_unwritten(start))
		return 0;
	if (allocate_octets(j, 0, 2 * JOURNAL_SLOT) < 0)
		return -1;
	/* One for each slot: torn at the first, the journal is still new. */
	if (write_next_header(j, &h) < 0 || write_next_header(j, &h) < 0)
		return -1;
	return fileio_fdatasync(j->fd);
}

int record_reserve(struct journal *j, off_t octets, size_t ranges)
{
	off_t table = (off_t)(ranges * sizeof(struct range)), area;

	if (record_prepare(j) < 0)
		return -1;
	area = table + (octets > WINDOW_LEAST ? octets : WINDOW_LEAST);
	if (area <= SLOT_SPACE)
		return 0;
	if (area > RECORD_AREA_MAX)
		area = RECORD_AREA_MAX;
	if (area < RECORD_AREA_MIN)
		area = RECORD_AREA_MIN;
	/* If there is no space for more, the areas stay as they are. */
	for (; area >= RECORD_AREA_MIN && area > j->area; area /= 2)
		if (allocate_octets(j, 2 * JOURNAL_SLOT, 2 * area) == 0) {
			j->area = area;
			break;
		}
	return 0;
}

size_t record_ranges(const struct journal *j)
{
	return (size_t)(payload_space(j->area) - WINDOW_LEAST) /
	       sizeof(struct range);
}

off_t record_space(const struct journal *j, size_t ranges)
{
	return payload_space(j->area) - (off_t)(ranges * sizeof(struct range));
}

/* Returns the place for n octets of the next record's payload. */
static off_t choose_place(const struct journal *j, off_t n)
{
	int slot = (int)(next_sequence(j, RECORD_COPY) % 2);

	if (n <= SLOT_SPACE)
		return slot * JOURNAL_SLOT + (off_t)sizeof(struct header);
	return 2 * JOURNAL_SLOT + slot * j->area;
}

static int write_payload(struct journal *j, const struct record *r, int mailbox,
                         struct digest *d)
{
	size_t table = r->n * sizeof(struct range);

	digest_add(d, r->kept, table);
	if (fileio_pwrite(j->fd, r->kept, table, j->data - (off_t)table) < 0)
		return -1;
	if (r->kind != RECORD_COPY)
		return 0;
	return ranges_copy(mailbox, r->kept, r->window,
	                   (struct ranges_place){j->fd, j->data}, d);
}

int record_write(struct journal *j, const struct record *r, int mailbox)
{
	off_t table = (off_t)(r->n * sizeof(struct range));
	off_t window = r->kind == RECORD_COPY ? r->window : 0;
	struct header h = {
		.kind = r->kind,
		.area = j->area,
		.to = r->to,
		.size = r->size,
		.window = r->window,
		.fingerprint = r->fingerprint,
		.ranges = r->n,
		.payload = choose_place(j, table + window),
	};
	struct digest *d;
	int done;

	memcpy(h.nonce, r->nonce, sizeof(h.nonce));
	memcpy(h.tail, r->tail, sizeof(h.tail));
	j->data = h.payload + table;
	d = digest_new();
	if (!d)
		return -1;
	done = write_payload(j, r, mailbox, d);
	h.payload_digest = digest_end(d);
	digest_free(d);
	if (done < 0 || write_next_header(j, &h) < 0)
		return -1;
	return fileio_fdatasync(j->fd);
}

/* Overwrites a slot's payload. */
static void wipe_slot(const struct journal *j, int slot)
{
	static const char zeros[SLOT_SPACE];

	(void)fileio_pwrite(j->fd, zeros, sizeof(zeros),
	                    slot * JOURNAL_SLOT + (off_t)sizeof(struct header));
}

void record_clear(struct journal *j)
{
	struct header h = {.kind = RECORD_IDLE};
	bool written = write_next_header(j, &h) == 0;

	/* Even if it was not written, no record needs an area any more. */
	cut_areas(j);
	if (!written)
		return;
	wipe_slot(j, 0);
	wipe_slot(j, 1);
}

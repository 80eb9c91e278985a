/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bitmap.h"
#include "base/byteorder.h"
#include "base/digest.h"
#include "base/fileio.h"
#include "base/statefile.h"
#include "base/statename.h"
#include "index/index.h"

#define INDEX_MAGIC   "onepopX5" /* the last octet is the version */
#define ORDER         0x0102030405060708
#define MESSAGES_MOST (1U << 30) /* no sum of their numbers overflows */

/* The file may have FILE_OCTETS and FILE_TIMES times the mailbox's octets. */
#define FILE_OCTETS ((off_t)32 << 20)
#define FILE_TIMES  4

/* The beginning of the file's first block. */
struct header {
	char magic[8];
	uint64_t order; /* of the octets in a number */
	struct index_seen seen;
	uint64_t count, hidden, highest_duplicate;
	int64_t octets;
	struct blockfile_saved blocks;
	uint64_t digest; /* of all above */
} BYTEORDER_FILE;

/* A message as the file has it. */
struct stored {
	int64_t start;
	int64_t length, header; /* from start on */
	int64_t octets;
	uint64_t digest;
	struct uidl uidl;
	uint32_t text; /* from start on */
	uint32_t duplicate : 31, flagged : 1;
} BYTEORDER_FILE;

#define BLOCK_MESSAGES (BLOCKFILE_OCTETS / sizeof(struct stored))
#define GROUP_BLOCKS   (INDEX_GROUP / BLOCK_MESSAGES + 1) /* and a filter */

_Static_assert(sizeof(struct stored) == 64, "a message fills a cache line");

/* A group's Bloom filter has a bit for each of four parts of a tag. */
#define FILTER_PARTS 4
#define FILTER_BITS  16

/* In a filter, like a unique-id's tag: the group has a flagged message. */
#define FLAGGED_TAG 0x466c616767656421

_Static_assert(1 << FILTER_BITS == BLOCKFILE_OCTETS * 8, "it fills a block");

static uint32_t filter_block(uint32_t i)
{
	return (uint32_t)(i / INDEX_GROUP * GROUP_BLOCKS);
}

static uint32_t message_block(uint32_t i)
{
	return filter_block(i) + 1 +
	       (uint32_t)(i % INDEX_GROUP / BLOCK_MESSAGES);
}

/* Returns the blocks that so many messages take. */
static uint32_t blocks_for(uint32_t count)
{
	return count ? message_block(count - 1) + 1 : 0;
}

void index_init(struct index *ix)
{
	memset(ix, 0, offsetof(struct index, blocks));
	blockfile_init(&ix->blocks, -1, 0);
}

int *index_descriptor(struct index *ix)
{
	return &ix->blocks.fd;
}

void index_open(struct index *ix, int state_dir, const char *name)
{
	char file[NAME_MAX + 1];
	struct stat st = {0};
	int fd;

	index_init(ix);
	statename_make(file, name, strlen(name), STATENAME_INDEX);
	fd = statefile_open(state_dir, file, &st);
	blockfile_init(&ix->blocks, fd, st.st_size);
}

void index_close(struct index *ix)
{
	blockfile_free(&ix->blocks);
	index_init(ix);
}

/* Is the header ours, and do its numbers fit each other? */
static bool is_header_sane(const struct header *h)
{
	return memcmp(h->magic, INDEX_MAGIC, sizeof(h->magic)) == 0 &&
	       h->order == ORDER &&
	       digest_of(h, offsetof(struct header, digest)) == h->digest &&
	       h->count <= MESSAGES_MOST && h->hidden <= 1 &&
	       h->hidden <= h->count && h->highest_duplicate <= INT32_MAX &&
	       h->seen.size >= 0 &&
	       h->blocks.n == blocks_for((uint32_t)h->count);
}

static int read_index_header(const struct index *ix, struct header *ret)
{
	if (ix->blocks.fd < 0 ||
	    fileio_pread(ix->blocks.fd, ret, sizeof(*ret), 0) != sizeof(*ret) ||
	    !is_header_sane(ret))
		return -1;
	return 0;
}

/* A process that is killed has written all of the header, or nothing. */
static int write_index_header(const struct index *ix, struct header *h)
{
	h->digest = digest_of(h, offsetof(struct header, digest));
	return fileio_pwrite(ix->blocks.fd, h, sizeof(*h), 0);
}

void index_fit(struct index *ix, off_t mailbox)
{
	int fd = ix->blocks.fd;

	if ((off_t)ix->blocks.file * BLOCKFILE_OCTETS <=
	    FILE_OCTETS + FILE_TIMES * mailbox)
		return;
	if (fileio_ftruncate(fd, 0) == 0)
		blockfile_init(&ix->blocks, fd, 0);
}

int index_load(struct index *ix)
{
	struct header h;

	index_cut(ix, 0);
	if (read_index_header(ix, &h) < 0)
		return -1;
	if (h.highest_duplicate > ix->highest_duplicate)
		ix->highest_duplicate = (uint32_t)h.highest_duplicate;
	ix->damaged = blockfile_load(&ix->blocks, &h.blocks) < 0;
	if (ix->damaged)
		return -1;
	ix->seen = h.seen;
	ix->count = (uint32_t)h.count;
	ix->hidden = (uint32_t)h.hidden;
	ix->octets = h.octets;
	ix->doubted = false;
	return 0;
}

static int save_once(struct index *ix)
{
	struct header h = {
		.magic = INDEX_MAGIC,
		.order = ORDER,
		.count = ix->count,
		.hidden = ix->hidden,
		.highest_duplicate = ix->highest_duplicate,
		.octets = ix->octets,
	};

	if (blockfile_save(&ix->blocks, &h.blocks) < 0)
		return -1;
	if (!ix->doubted)
		h.seen = ix->seen;
	if (write_index_header(ix, &h) < 0)
		return -1;
	blockfile_told(&ix->blocks);
	ix->damaged = false;
	return 0;
}

/*
 * Makes the file smaller when the mailbox has become small: no quota limits
 * the state directory.
 */
int index_save(struct index *ix)
{
	if (save_once(ix) < 0)
		return -1;
	if (blockfile_is_loose(&ix->blocks) &&
	    blockfile_gather(&ix->blocks) == 0)
		(void)save_once(ix);
	return 0;
}

void index_void(struct index *ix)
{
	const struct fileio_failure failure = fileio_failure();
	struct header h;

	ix->doubted = true;
	if (read_index_header(ix, &h) < 0)
		memset(&h, 0, sizeof(h));
	memset(&h.seen, 0, sizeof(h.seen)); /* no mailbox looks like that */
	if (ix->blocks.fd >= 0)
		(void)write_index_header(ix, &h);
	(void)fileio_fail(failure);
}

/* Could a mailbox have this message?  Then no sum of its numbers overflows. */
static bool is_possible(const struct stored *k)
{
	return k->start >= 0 && k->start < INT64_MAX / 2 && k->header >= 0 &&
	       k->header <= k->length && k->length < INT64_MAX / 2 &&
	       k->text <= k->header && k->octets >= 0 &&
	       k->octets < INT64_MAX / 2;
}

int index_get(struct index *ix, uint32_t i, struct mbox_message *ret)
{
	const struct stored *k;

	k = blockfile_read(&ix->blocks, message_block(i));
	if (!k)
		return -1;
	k += i % BLOCK_MESSAGES;
	if (!is_possible(k))
		return fileio_fail(
			(struct fileio_failure){ix->blocks.fd, EBADMSG});
	*ret = (struct mbox_message){
		.start = k->start,
		.text = k->start + k->text,
		.body = k->start + k->header,
		.end = k->start + k->length,
		.octets = k->octets,
		.digest = k->digest,
		.uidl = k->uidl,
		.duplicate = k->duplicate,
		.flagged = k->flagged,
		.internal = i < ix->hidden,
	};
	return 0;
}

uint64_t index_tag(struct uidl id)
{
	return id.low;
}

/* Takes the next part off a tag, which is a bit's number in a filter. */
static uint32_t next_filter_bit(uint64_t *tag)
{
	uint32_t bit = *tag % (1 << FILTER_BITS);

	*tag >>= FILTER_BITS;
	return bit;
}

static int add_to_filter(struct index *ix, uint32_t i, uint64_t tag, bool clear)
{
	uint8_t *filter;
	int part;

	filter = blockfile_write(&ix->blocks, filter_block(i));
	if (!filter)
		return -1;
	if (clear)
		memset(filter, 0, BLOCKFILE_OCTETS);
	for (part = 0; part < FILTER_PARTS; part++)
		bitmap_add(filter, next_filter_bit(&tag));
	return 0;
}

int index_may_have(struct index *ix, uint32_t i, uint64_t tag)
{
	const uint8_t *filter;
	int part;

	filter = blockfile_read(&ix->blocks, filter_block(i));
	if (!filter)
		return -1;
	for (part = 0; part < FILTER_PARTS; part++)
		if (!bitmap_has(filter, next_filter_bit(&tag)))
			return 0;
	return 1;
}

int index_may_have_flagged(struct index *ix, uint32_t i)
{
	return index_may_have(ix, i, FLAGGED_TAG);
}

/* Does another message than before begin its group? */
static bool begins_group(const struct index *ix, uint32_t i,
                         const struct stored *was, const struct mbox_message *m)
{
	return i % INDEX_GROUP == 0 && i < ix->count &&
	       memcmp(&was->uidl, &m->uidl, sizeof(m->uidl)) != 0;
}

int index_put(struct index *ix, uint32_t i, const struct mbox_message *m)
{
	struct stored *k;
	bool clear;

	if (m->text - m->start > UINT32_MAX || i >= MESSAGES_MOST) {
		errno = EOVERFLOW;
		return -1;
	}
	/* The group's first block is its filter. */
	if (i == ix->count && i % INDEX_GROUP == 0 &&
	    !blockfile_write(&ix->blocks, filter_block(i)))
		return -1;
	k = blockfile_write(&ix->blocks, message_block(i));
	if (!k)
		return -1;
	k += i % BLOCK_MESSAGES;
	clear = begins_group(ix, i, k, m);
	*k = (struct stored){
		.start = m->start,
		.length = m->end - m->start,
		.header = m->body - m->start,
		.octets = m->octets,
		.digest = m->digest,
		.uidl = m->uidl,
		.text = (uint32_t)(m->text - m->start),
		.duplicate = m->duplicate & INT32_MAX,
		.flagged = m->flagged,
	};
	if (add_to_filter(ix, i, index_tag(m->uidl), clear) < 0 ||
	    (m->flagged && add_to_filter(ix, i, FLAGGED_TAG, false) < 0))
		return -1;
	if (i == ix->count) {
		ix->count++;
		ix->hidden += m->internal;
		ix->octets += m->internal ? 0 : m->octets;
	}
	if (ix->highest_duplicate < m->duplicate)
		ix->highest_duplicate = m->duplicate;
	return 0;
}

void index_cut(struct index *ix, uint32_t n)
{
	blockfile_cut(&ix->blocks, blocks_for(n));
	ix->count = n;
	if (n == 0) {
		ix->hidden = 0;
		ix->octets = 0;
	}
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/fileio.h"
#include "index/blockfile.h"

#define BLOCKS_LEAST 16 /* that the first allocation has space for */

static off_t place_offset(uint64_t place)
{
	return (off_t)place * BLOCKFILE_OCTETS;
}

static char *block_in_memory(const struct blockfile *b, uint32_t number)
{
	return b->memory + (size_t)number * BLOCKFILE_OCTETS;
}

void blockfile_init(struct blockfile *b, int fd, off_t size)
{
	int i;

	memset(b, 0, offsetof(struct blockfile, octets));
	for (i = 0; i < BLOCKFILE_CACHED; i++)
		b->slot[i].octets = b->octets[i];
	b->fd = fd;
	b->file = (uint32_t)((size + BLOCKFILE_OCTETS - 1) / BLOCKFILE_OCTETS);
}

void blockfile_free(struct blockfile *b)
{
	if (b->fd >= 0)
		(void)close(b->fd);
	free(b->entry);
	free(b->memory);
	places_free(&b->places);
	blockfile_init(b, -1, 0);
}

/* Makes space for the entries, and the memory, of so many blocks. */
static int grow_entries(struct blockfile *b, uint32_t space)
{
	struct blockfile_entry *entry;
	char *memory;

	if (space <= b->space && b->entry)
		return 0;
	entry = reallocarray(b->entry, space, sizeof(*entry));
	if (!entry)
		return -1;
	b->entry = entry;
	if (b->memory) {
		memory = reallocarray(b->memory, space, BLOCKFILE_OCTETS);
		if (!memory)
			return -1;
		b->memory = memory;
	}
	b->space = space;
	return 0;
}

static size_t list_size(uint64_t n)
{
	return n * sizeof(struct blockfile_entry);
}

/* Returns the places that the list of so many blocks takes. */
static uint32_t list_places(uint64_t n)
{
	return (uint32_t)((list_size(n) + BLOCKFILE_OCTETS - 1) /
	                  BLOCKFILE_OCTETS);
}

/* Could what the caller's block says be true? */
static bool is_saved_possible(const struct blockfile_saved *s)
{
	return s->end <= PLACES_MOST && s->list <= s->end &&
	       (!s->n || s->list) && list_places(s->n) <= s->end - s->list;
}

/* Could the list that was read be true? */
static bool list_is_possible(const struct blockfile *b,
                             const struct blockfile_saved *s)
{
	uint32_t i;

	for (i = 0; i < s->n; i++)
		if (b->entry[i].place == 0 || b->entry[i].place >= s->end)
			return false;
	return true;
}

/* Marks all blocks, and their list, to stay as they are. */
static void keep_saved(struct blockfile *b)
{
	uint32_t i;

	for (i = 0; i < b->n; i++)
		places_use(&b->places, (uint32_t)b->entry[i].place, 1,
		           PLACES_KEPT | PLACES_NEXT);
	places_use(&b->places, (uint32_t)b->saved.list, list_places(b->n),
	           PLACES_KEPT);
}

/* Removes all blocks, and what was saved. */
static void forget_blocks(struct blockfile *b)
{
	blockfile_cut(b, 0);
	free(b->memory);
	b->memory = NULL;
	b->end = 0;
	(void)places_clear(&b->places, 0);
}

int blockfile_load(struct blockfile *b, const struct blockfile_saved *saved)
{
	uint32_t n = (uint32_t)saved->n;
	size_t size = list_size(n);

	forget_blocks(b);
	if (!is_saved_possible(saved) ||
	    grow_entries(b, n > BLOCKS_LEAST ? n : BLOCKS_LEAST) < 0)
		return -1;
	if (fileio_pread(b->fd, b->entry, size, place_offset(saved->list)) !=
	            (ssize_t)size ||
	    digest_of(b->entry, size) != saved->digest ||
	    !list_is_possible(b, saved) ||
	    places_clear(&b->places, (uint32_t)saved->end) < 0)
		return -1;
	b->n = n;
	b->saved = *saved;
	b->end = (uint32_t)saved->end;
	keep_saved(b);
	return 0;
}

void blockfile_cut(struct blockfile *b, uint32_t n)
{
	int i;

	for (i = 0; i < BLOCKFILE_CACHED; i++)
		if (b->slot[i].used && b->slot[i].number >= n)
			b->slot[i].used = false;
	for (; b->n > n; b->n--)
		if (!b->memory && b->entry[b->n - 1].place)
			places_leave(&b->places,
			             (uint32_t)b->entry[b->n - 1].place,
			             PLACES_NEXT);
}

/*
 * Reads all blocks that have a place; what the file does not have is zeros.
 * Returns 0, or -1 with errno.
 */
static int read_all(const struct blockfile *b, char *memory)
{
	const struct blockfile_entry *e;

	for (e = b->entry; e < b->entry + b->n; e++) {
		memset(memory, 0, BLOCKFILE_OCTETS);
		if (e->place && fileio_pread(b->fd, memory, BLOCKFILE_OCTETS,
		                             place_offset(e->place)) < 0)
			return -1;
		memory += BLOCKFILE_OCTETS;
	}
	return 0;
}

/*
 * Moves all blocks to memory, for good, since the file takes no more.  What
 * was saved stays in the file; the rest of its disk space is freed.
 */
static int leave_file(struct blockfile *b)
{
	char *memory;

	memory = reallocarray(NULL, b->space, BLOCKFILE_OCTETS);
	if (!memory)
		return -1;
	if (read_all(b, memory) < 0) {
		free(memory);
		return -1;
	}
	b->memory = memory;
	if (b->fd >= 0)
		(void)fileio_ftruncate(b->fd, place_offset(b->end));
	b->file = b->end;
	return 0;
}

/* Writes n octets to the places from at on, which may be behind the end. */
static int write_places(struct blockfile *b, const void *buf, size_t n,
                        uint32_t at)
{
	uint32_t end =
		at + (uint32_t)((n + BLOCKFILE_OCTETS - 1) / BLOCKFILE_OCTETS);

	if (b->file < end)
		b->file = end;
	return fileio_pwrite(b->fd, buf, n, place_offset(at));
}

/* Writes a block to its place, or to a new one if its place is kept. */
static int write_block(struct blockfile *b, const struct blockfile_slot *s)
{
	struct blockfile_entry *e = &b->entry[s->number];
	uint32_t was = (uint32_t)e->place, at = was;

	if (b->fd < 0)
		return -1;
	if (!was || places_is_kept(&b->places, was))
		at = places_take(&b->places, 1, PLACES_NEXT);
	if (!at)
		return -1;
	if (write_places(b, s->octets, BLOCKFILE_OCTETS, at) < 0) {
		if (at != was)
			places_leave(&b->places, at, PLACES_NEXT);
		return -1;
	}
	if (was && at != was)
		places_leave(&b->places, was, PLACES_NEXT);
	e->place = at;
	return 0;
}

static int write_slot(struct blockfile *b, struct blockfile_slot *s)
{
	if (!b->memory && write_block(b, s) < 0 && leave_file(b) < 0)
		return -1;
	if (b->memory)
		memcpy(block_in_memory(b, s->number), s->octets,
		       BLOCKFILE_OCTETS);
	b->entry[s->number].digest = digest_of(s->octets, BLOCKFILE_OCTETS);
	s->changed = false;
	return 0;
}

static int fill_slot(const struct blockfile *b, struct blockfile_slot *s)
{
	ssize_t n = BLOCKFILE_OCTETS;

	if (b->memory)
		memcpy(s->octets, block_in_memory(b, s->number),
		       BLOCKFILE_OCTETS);
	else
		n = fileio_pread(b->fd, s->octets, BLOCKFILE_OCTETS,
		                 place_offset(b->entry[s->number].place));
	if (n < 0)
		return -1;
	if (n == BLOCKFILE_OCTETS && digest_of(s->octets, BLOCKFILE_OCTETS) ==
	                                     b->entry[s->number].digest)
		return 0;
	return fileio_fail((struct fileio_failure){b->fd, EBADMSG});
}

/* Returns a free slot, or the one that was not asked for longest. */
static struct blockfile_slot *choose_slot(struct blockfile *b)
{
	struct blockfile_slot *s = &b->slot[0];
	int i;

	for (i = 1; i < BLOCKFILE_CACHED && s->used; i++)
		if (!b->slot[i].used || b->slot[i].turn < s->turn)
			s = &b->slot[i];
	return s;
}

/* Returns the slot that has the block, or NULL. */
static struct blockfile_slot *find_cached(struct blockfile *b, uint32_t number)
{
	struct blockfile_slot *s;

	for (s = b->slot; s < b->slot + BLOCKFILE_CACHED; s++)
		if (s->used && s->number == number)
			return s;
	return NULL;
}

/*
 * Returns a slot for the block, which is not used if the block is not in it
 * yet; or NULL with errno.
 */
static struct blockfile_slot *find_slot(struct blockfile *b, uint32_t number)
{
	struct blockfile_slot *s = &b->slot[b->latest];

	if (s->used && s->number == number)
		return s;
	s = find_cached(b, number);
	if (!s) {
		s = choose_slot(b);
		if (s->used && s->changed && write_slot(b, s) < 0)
			return NULL;
		s->used = s->changed = false;
		s->number = number;
	}
	s->turn = ++b->turn;
	b->latest = (int)(s - b->slot);
	return s;
}

static struct blockfile_slot *get_slot(struct blockfile *b, uint32_t number)
{
	struct blockfile_slot *s;

	s = find_slot(b, number);
	if (!s || s->used)
		return s;
	if (fill_slot(b, s) < 0)
		return NULL;
	s->used = true;
	return s;
}

const void *blockfile_read(struct blockfile *b, uint32_t number)
{
	const struct blockfile_slot *s;

	if (number >= b->n) {
		errno = EINVAL;
		return NULL;
	}
	s = get_slot(b, number);
	return s ? s->octets : NULL;
}

/* Adds a block of zeros behind the last. */
static struct blockfile_slot *add_block(struct blockfile *b)
{
	struct blockfile_slot *s;
	uint32_t space = b->space > BLOCKS_LEAST ? b->space : BLOCKS_LEAST;

	if (b->n >= b->space &&
	    grow_entries(b, b->space ? space * 2 : space) < 0)
		return NULL;
	s = find_slot(b, b->n);
	if (!s)
		return NULL;
	memset(s->octets, 0, BLOCKFILE_OCTETS);
	s->used = true;
	b->entry[b->n++] = (struct blockfile_entry){0};
	return s;
}

void *blockfile_write(struct blockfile *b, uint32_t number)
{
	struct blockfile_slot *s;

	s = number < b->n ? get_slot(b, number) : add_block(b);
	if (!s)
		return NULL;
	s->changed = true;
	return s->octets;
}

/* Returns the places for the caller's block, the blocks and the list. */
static uint32_t places_needed(const struct blockfile *b)
{
	return 1 + b->n + list_places(b->n);
}

bool blockfile_is_loose(const struct blockfile *b)
{
	return b->end > 2 * places_needed(b) + BLOCKFILE_SPARE;
}

int blockfile_gather(struct blockfile *b)
{
	const uint32_t needed = places_needed(b);
	uint32_t i;

	for (i = 0; i < b->n; i++)
		if (b->entry[i].place >= needed && !blockfile_write(b, i))
			return -1;
	return 0;
}

static int write_changed(struct blockfile *b)
{
	struct blockfile_slot *s;

	for (s = b->slot; s < b->slot + BLOCKFILE_CACHED; s++)
		if (s->used && s->changed && write_slot(b, s) < 0)
			return -1;
	return b->memory || b->fd < 0 ? -1 : 0;
}

/* Writes the list to free places. */
static int write_list(struct blockfile *b, uint32_t *ret)
{
	*ret = 0;
	if (b->n == 0)
		return 0;
	*ret = places_take(&b->places, list_places(b->n), PLACES_KEPT);
	if (!*ret)
		return -1;
	return write_places(b, b->entry, list_size(b->n), *ret);
}

/* Returns the place behind the last one that the blocks or the list use. */
static uint64_t find_end(const struct blockfile *b, uint32_t list)
{
	uint64_t end = list ? list + list_places(b->n) : 1;
	uint32_t i;

	for (i = 0; i < b->n; i++)
		if (b->entry[i].place >= end)
			end = b->entry[i].place + 1;
	return end;
}

int blockfile_save(struct blockfile *b, struct blockfile_saved *ret)
{
	uint32_t list;

	if (write_changed(b) < 0)
		return -1;
	if (write_list(b, &list) < 0) {
		(void)leave_file(b);
		return -1;
	}
	*ret = (struct blockfile_saved){
		.n = b->n,
		.list = list,
		.end = find_end(b, list),
		.digest = digest_of(b->entry, list_size(b->n)),
	};
	/* Until the caller's block names this list, what was saved before is
	   kept as well. */
	b->saved = *ret;
	if (b->end < ret->end)
		b->end = (uint32_t)ret->end;
	keep_saved(b);
	return 0;
}

void blockfile_told(struct blockfile *b)
{
	b->end = (uint32_t)b->saved.end;
	(void)places_clear(&b->places, 0);
	keep_saved(b);
	if (b->end < b->file)
		(void)fileio_ftruncate(b->fd, place_offset(b->end));
	b->file = b->end;
}

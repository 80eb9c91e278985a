#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blocks.h"
#include "calls.h"
#include "digest.h"

#define ROOM_LEAST 16

static off_t place(uint32_t number)
{
	return (off_t)(number + 1UL) * BLOCKS_OCTETS;
}

static char *in_memory(const struct blocks *b, uint32_t number)
{
	return b->memory + (size_t)number * BLOCKS_OCTETS;
}

void blocks_init(struct blocks *b, int fd)
{
	int i;

	memset(b, 0, offsetof(struct blocks, octets));
	for (i = 0; i < BLOCKS_CACHED; i++)
		b->slot[i].octets = b->octets[i];
	b->fd = fd;
	b->file = UINT32_MAX; /* not known */
}

void blocks_free(struct blocks *b)
{
	if (b->fd >= 0)
		(void)close(b->fd);
	free(b->digests);
	free(b->memory);
	blocks_init(b, -1);
}

/* Makes room for the digests, and the memory, of so many blocks. */
static int make_room(struct blocks *b, uint32_t room)
{
	uint64_t *digests;
	char *memory;

	if (room <= b->room && b->digests)
		return 0;
	digests = reallocarray(b->digests, room, sizeof(*digests));
	if (!digests)
		return -1;
	b->digests = digests;
	if (b->memory) {
		memory = reallocarray(b->memory, room, BLOCKS_OCTETS);
		if (!memory)
			return -1;
		b->memory = memory;
	}
	b->room = room;
	return 0;
}

int blocks_load(struct blocks *b, uint32_t n, uint64_t digest)
{
	size_t size = n * sizeof(*b->digests);

	blocks_cut(b, 0);
	if (b->memory) /* what the file has is older, if it has anything */
		return -1;
	if (make_room(b, n > ROOM_LEAST ? n : ROOM_LEAST) < 0)
		return -1;
	if (calls_pread(b->fd, b->digests, size, place(n)) != (ssize_t)size ||
	    digest_of(b->digests, size) != digest)
		return -1;
	b->n = b->file = n;
	return 0;
}

void blocks_cut(struct blocks *b, uint32_t n)
{
	int i;

	for (i = 0; i < BLOCKS_CACHED; i++)
		if (b->slot[i].used && b->slot[i].number >= n)
			b->slot[i].used = false;
	if (n < b->n)
		b->n = n;
}

/* The file takes no more: from now on all is in memory. */
static int leave_file(struct blocks *b)
{
	size_t size = (size_t)b->n * BLOCKS_OCTETS;
	ssize_t have = 0;
	char *memory;

	memory = reallocarray(NULL, b->room, BLOCKS_OCTETS);
	if (!memory)
		return -1;
	if (b->fd >= 0)
		have = calls_pread(b->fd, memory, size, place(0));
	if (have < 0) {
		free(memory);
		return -1;
	}
	memset(memory + have, 0, size - (size_t)have);
	b->memory = memory;
	if (b->fd >= 0)
		(void)calls.ftruncate(b->fd, 0); /* others need the room */
	return 0;
}

static int write_back(struct blocks *b, struct blocks_slot *s)
{
	if (!b->memory &&
	    (b->fd < 0 || calls_pwrite(b->fd, s->octets, BLOCKS_OCTETS,
	                               place(s->number)) < 0) &&
	    leave_file(b) < 0)
		return -1;
	if (b->memory)
		memcpy(in_memory(b, s->number), s->octets, BLOCKS_OCTETS);
	b->digests[s->number] = digest_of(s->octets, BLOCKS_OCTETS);
	s->changed = false;
	return 0;
}

static int fill(const struct blocks *b, struct blocks_slot *s)
{
	ssize_t n = BLOCKS_OCTETS;

	if (b->memory)
		memcpy(s->octets, in_memory(b, s->number), BLOCKS_OCTETS);
	else
		n = calls_pread(b->fd, s->octets, BLOCKS_OCTETS,
		                place(s->number));
	if (n < 0)
		return -1;
	if (n == BLOCKS_OCTETS &&
	    digest_of(s->octets, BLOCKS_OCTETS) == b->digests[s->number])
		return 0;
	errno = EBADMSG;
	return -1;
}

/* A slot for another block: a free one, or the one not asked for longest. */
static struct blocks_slot *oldest(struct blocks *b)
{
	struct blocks_slot *s = &b->slot[0];
	int i;

	for (i = 1; i < BLOCKS_CACHED && s->used; i++)
		if (!b->slot[i].used || b->slot[i].turn < s->turn)
			s = &b->slot[i];
	return s;
}

/* The slot that has the block, or NULL. */
static struct blocks_slot *cached(struct blocks *b, uint32_t number)
{
	struct blocks_slot *s;

	for (s = b->slot; s < b->slot + BLOCKS_CACHED; s++)
		if (s->used && s->number == number)
			return s;
	return NULL;
}

/* The block's slot; NULL with errno where it cannot be had. */
static struct blocks_slot *find(struct blocks *b, uint32_t number)
{
	struct blocks_slot *s = &b->slot[b->latest];

	if (s->used && s->number == number)
		return s;
	s = cached(b, number);
	if (!s) {
		s = oldest(b);
		if (s->used && s->changed && write_back(b, s) < 0)
			return NULL;
		s->used = s->changed = false;
		s->number = number;
	}
	s->turn = ++b->turn;
	b->latest = (int)(s - b->slot);
	return s;
}

static struct blocks_slot *get(struct blocks *b, uint32_t number)
{
	struct blocks_slot *s;

	s = find(b, number);
	if (!s || s->used)
		return s;
	if (fill(b, s) < 0)
		return NULL;
	s->used = true;
	return s;
}

const void *blocks_read(struct blocks *b, uint32_t number)
{
	const struct blocks_slot *s;

	if (number >= b->n) {
		errno = EINVAL;
		return NULL;
	}
	s = get(b, number);
	return s ? s->octets : NULL;
}

/* A new block behind the last. */
static struct blocks_slot *add(struct blocks *b)
{
	struct blocks_slot *s;
	uint32_t room = b->room > ROOM_LEAST ? b->room : ROOM_LEAST;

	if (b->n >= b->room && make_room(b, b->room ? room * 2 : room) < 0)
		return NULL;
	s = find(b, b->n);
	if (!s)
		return NULL;
	memset(s->octets, 0, BLOCKS_OCTETS);
	s->used = true;
	b->digests[b->n++] = 0;
	return s;
}

void *blocks_write(struct blocks *b, uint32_t number)
{
	struct blocks_slot *s;

	s = number < b->n ? get(b, number) : add(b);
	if (!s)
		return NULL;
	s->changed = true;
	return s->octets;
}

int blocks_save(struct blocks *b, uint64_t *digest)
{
	size_t size = b->n * sizeof(*b->digests);
	int i;

	for (i = 0; i < BLOCKS_CACHED; i++)
		if (b->slot[i].used && b->slot[i].changed &&
		    write_back(b, &b->slot[i]) < 0)
			return -1;
	if (b->memory || b->fd < 0 ||
	    (size > 0 &&
	     calls_pwrite(b->fd, b->digests, size, place(b->n)) < 0))
		return -1;
	if (b->n < b->file)
		(void)calls.ftruncate(b->fd, place(b->n) + (off_t)size);
	b->file = b->n;
	*digest = digest_of(b->digests, size);
	return 0;
}

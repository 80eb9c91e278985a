/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "random.h"

#define BLOCK 4096 /* octets of a block of the file system */

/* How a power cut, or a sync that fails, chooses what reaches the disk. */
struct choice {
	uint64_t seed;
	off_t sector, heads;
	size_t all; /* changes to choose from */
	enum { SOME, NONE, EVERY } how;
};

/* The real realloc (--wrap): a process's memory comes from machine.c. */
void *__real_realloc(void *p, size_t n);

static void *grow(void *p, size_t *space, size_t want, size_t unit)
{
	size_t more = *space ? *space : 4096 / unit;

	if (want <= *space)
		return p;
	while (more < want)
		more *= 2;
	p = __real_realloc(p, more * unit);
	if (!p)
		abort();
	*space = more;
	return p;
}

static void set_size(struct disk_image *i, off_t size)
{
	i->text = grow(i->text, &i->space, (size_t)size + 1, 1);
	if (size > i->size)
		memset(i->text + i->size, 0, (size_t)(size - i->size));
	i->size = size;
}

static void set_image(struct disk_image *i, const char *text, off_t size)
{
	set_size(i, size);
	if (size > 0)
		memcpy(i->text, text, (size_t)size);
}

void disk_set(struct disk *d, const char *text, off_t size)
{
	set_image(&d->cache, text, size);
	set_image(&d->durable, text, size);
	d->count = d->data_n = 0;
}

void disk_copy(struct disk *to, const struct disk *from)
{
	set_image(&to->cache, from->cache.text, from->cache.size);
	set_image(&to->durable, from->durable.text, from->durable.size);
	to->changes = grow(to->changes, &to->space, from->count,
	                   sizeof(*to->changes));
	to->data = grow(to->data, &to->data_space, from->data_n, 1);
	to->count = from->count;
	to->data_n = from->data_n;
	to->writes = from->writes;
	if (from->count)
		memcpy(to->changes, from->changes,
		       from->count * sizeof(*to->changes));
	if (from->data_n)
		memcpy(to->data, from->data, from->data_n);
}

size_t disk_read(const struct disk *d, char *buf, size_t n, off_t at)
{
	if (at >= d->cache.size)
		return 0;
	if (n > (size_t)(d->cache.size - at))
		n = (size_t)(d->cache.size - at);
	memcpy(buf, d->cache.text + at, n);
	return n;
}

static void note_change(struct disk *d, off_t at, size_t n)
{
	d->changes =
		grow(d->changes, &d->space, d->count + 1, sizeof(*d->changes));
	d->changes[d->count++] = (struct disk_change){at, n, d->data_n};
	d->writes++;
}

/*
 * Zeros the rest of the last block in the cache; the zeros may reach the disk
 * before the new size does.
 */
static void zero_rest(struct disk *d, off_t size)
{
	static const char zeros[BLOCK];
	off_t end = (size + BLOCK - 1) / BLOCK * BLOCK;

	if (end > d->cache.size)
		end = d->cache.size;
	disk_write(d, zeros, (size_t)(end - size), size);
}

void disk_resize(struct disk *d, off_t size)
{
	if (size == d->cache.size)
		return;
	if (size < d->cache.size)
		zero_rest(d, size);
	set_size(&d->cache, size);
	note_change(d, size, 0);
}

void disk_write(struct disk *d, const char *buf, size_t n, off_t at)
{
	if (n == 0)
		return;
	if (at + (off_t)n > d->cache.size)
		disk_resize(d, at + (off_t)n);
	memcpy(d->cache.text + at, buf, n);
	note_change(d, at, n);
	d->data = grow(d->data, &d->data_space, d->data_n + n, 1);
	memcpy(d->data + d->data_n, buf, n);
	d->data_n += n;
}

/* Writes to the disk, up to the end that the file has there. */
static void write_to_disk(struct disk *d, off_t at, size_t n, const char *from)
{
	if (at >= d->durable.size)
		return;
	if (n > (size_t)(d->durable.size - at))
		n = (size_t)(d->durable.size - at);
	memcpy(d->durable.text + at, from, n);
}

void disk_sync(struct disk *d)
{
	const struct disk_change *c;

	for (c = d->changes; c < d->changes + d->count; c++)
		if (c->n)
			write_to_disk(d, c->at, c->n, d->data + c->data);
		else
			set_size(&d->durable, c->at);
	d->count = d->data_n = 0;
}

/* Returns the end of the octet's sector. */
static off_t sector_end(const struct choice *how, off_t at)
{
	off_t sector = how->sector;

	if (how->heads && at % how->heads < 512 && sector < 512)
		sector = 512;
	return (at / sector + 1) * sector;
}

/* Did the sector that ends there reach the disk after that change? */
static bool reached(const struct choice *how, size_t change, off_t end)
{
	if (how->how != SOME)
		return how->how == EVERY;
	return change < mix(how->seed + (uint64_t)end * 0x9e3779b97f4a7c15) %
	                        (how->all + 1);
}

static void put_sectors(struct disk *d, const struct disk_change *c,
                        const struct choice *how)
{
	off_t at, next, sector, end = c->at + (off_t)c->n;

	for (at = c->at; at < end; at = next) {
		sector = sector_end(how, at);
		next = sector < end ? sector : end;
		if (reached(how, (size_t)(c - d->changes), sector))
			write_to_disk(d, at, (size_t)(next - at),
			              d->data + c->data + (at - c->at));
	}
}

static struct choice choose_how(const struct disk *d, uint64_t *seed)
{
	static const off_t sectors[] = {512, 4096, 64, 4};
	struct choice how;
	size_t kind = below(seed, 8);

	how.seed = next_random(seed);
	how.sector = sectors[below(seed, 4)];
	how.heads = d->heads;
	how.all = d->count;
	how.how = kind == 0 ? NONE : kind == 1 ? EVERY : SOME;
	return how;
}

void disk_fail_sync(struct disk *d, uint64_t *seed)
{
	struct choice how = choose_how(d, seed);
	size_t i, n = 0;

	for (i = 0; i < d->count; i++)
		if (d->changes[i].n)
			put_sectors(d, &d->changes[i], &how);
		else
			d->changes[n++] = d->changes[i];
	d->count = n;
	d->data_n = 0;
}

/* Returns how many changes of size, the first ones, reach the disk. */
static size_t choose_sizes(const struct disk *d, uint64_t *seed)
{
	size_t i, n = 0;

	for (i = 0; i < d->count; i++)
		n += d->changes[i].n == 0;
	return below(seed, n + 1);
}

void disk_cut_power(struct disk *d, uint64_t *seed)
{
	struct choice how = choose_how(d, seed);
	size_t i, sizes = choose_sizes(d, seed);

	for (i = 0; i < d->count; i++) {
		if (d->changes[i].n) {
			put_sectors(d, &d->changes[i], &how);
		} else if (sizes > 0) {
			set_size(&d->durable, d->changes[i].at);
			sizes--;
		}
	}
	set_image(&d->cache, d->durable.text, d->durable.size);
	d->count = d->data_n = 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * A file as the page cache has it, and as the disk has it.  A power cut leaves
 * some of what was not synced: any of the written sectors, each as it was at
 * some moment, and the first of the changes of the file's size.
 */
#ifndef CRASH_DISK_H
#define CRASH_DISK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct disk_image {
	char *text;
	off_t size;
	size_t space;
};

/* Something done to the file since it was last synced. */
struct disk_change {
	off_t at; /* or the new size */
	size_t n; /* octets written; 0: the size was changed */
	size_t data;
};

struct disk {
	struct disk_image cache, durable;
	struct disk_change *changes;
	size_t count, space;
	char *data; /* what was written */
	size_t data_n, data_space;
	off_t heads; /* a sector that starts at a multiple is never torn */
	unsigned long writes; /* changes that there ever were */
};

/* Makes both the file and the disk hold that text. */
void disk_set(struct disk *d, const char *text, off_t size);

void disk_copy(struct disk *to, const struct disk *from);

size_t disk_read(const struct disk *d, char *buf, size_t n, off_t at);
void disk_write(struct disk *d, const char *buf, size_t n, off_t at);
void disk_resize(struct disk *d, off_t size);
void disk_sync(struct disk *d);

/*
 * Makes a sync fail: some of what was written is on the disk, and the rest
 * never will be, since the kernel counts the pages as clean.
 */
void disk_fail_sync(struct disk *d, uint64_t *seed);

void disk_cut_power(struct disk *d, uint64_t *seed);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * A file of blocks of 8 KiB, each with a digest that is compared when the
 * block is read: a block that is damaged, or did not reach the disk, is not
 * believed.  If the file cannot be written, the blocks are kept in memory.
 *
 * The file's first block is the caller's.  Behind it are the blocks and a list
 * of where each stands.  The octets saved last are never overwritten: a block
 * that changes, and the list, go to places that it does not use, until the
 * caller's block names the new list.  So a process that is killed leaves
 * either what was saved before or what is saved now, whole.
 *
 * A few blocks are cached.  A changed block is written when its slot is needed
 * for another, and by blockfile_save.
 */
#ifndef ONEPOP_BLOCKFILE_H
#define ONEPOP_BLOCKFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/byteorder.h"
#include "index/places.h"

#define BLOCKFILE_OCTETS 8192
#define BLOCKFILE_CACHED 4
#define BLOCKFILE_SPARE  16 /* places, see blockfile_is_loose */

struct blockfile_slot {
	bool used, changed;
	uint32_t number;
	uint64_t turn; /* when the block was last asked for */
	char *octets;
};

/* An entry of the list: one block. */
struct blockfile_entry {
	uint64_t digest;
	uint64_t place; /* 0: it has no place yet */
} BYTEORDER_FILE;

/* The caller keeps this in its block: it leads to the other blocks. */
struct blockfile_saved {
	uint64_t n;      /* blocks */
	uint64_t list;   /* its first place */
	uint64_t end;    /* the place behind the last one in use */
	uint64_t digest; /* of the list */
} BYTEORDER_FILE;

struct blockfile {
	int fd;         /* -1: there is no file */
	char *memory;   /* the blocks, if they are not in the file */
	uint32_t n;     /* blocks */
	uint32_t space; /* blocks that entry, and memory, have space for */
	uint32_t file;  /* places that the file may have */
	struct blockfile_entry *entry;
	struct places places;
	struct blockfile_saved saved; /* the last time, or loaded */
	uint32_t end; /* the file must not be cut before this place */
	uint64_t turn;
	int latest; /* the slot asked for last, as it mostly is again */
	struct blockfile_slot slot[BLOCKFILE_CACHED];
	_Alignas(64) char octets[BLOCKFILE_CACHED][BLOCKFILE_OCTETS];
};

/*
 * Makes a file without blocks.  fd, or -1 for no file, is closed by
 * blockfile_free; size is the file's.
 */
void blockfile_init(struct blockfile *b, int fd, off_t size);

/*
 * Takes the blocks that were saved.  Returns 0; or -1, and there are no
 * blocks.
 */
int blockfile_load(struct blockfile *b, const struct blockfile_saved *saved);

/*
 * Returns a block, valid until the next call; or NULL with errno, which is
 * EBADMSG if the block is damaged.
 */
const void *blockfile_read(struct blockfile *b, uint32_t number);

/* Does the same to change the block; the one behind the last is new. */
void *blockfile_write(struct blockfile *b, uint32_t number);

/* Removes all but the first n blocks. */
void blockfile_cut(struct blockfile *b, uint32_t n);

/*
 * Has the file more than twice the places that the blocks need, and
 * BLOCKFILE_SPARE besides?
 */
bool blockfile_is_loose(const struct blockfile *b);

/*
 * Moves blocks to free places before them; blockfile_save then makes the file
 * smaller.  Returns 0 or -1.
 */
int blockfile_gather(struct blockfile *b);

/*
 * Writes the changed blocks and the list.  Returns 0; or -1, and the blocks
 * are in memory and what was saved before is unchanged.
 */
int blockfile_save(struct blockfile *b, struct blockfile_saved *ret);

/*
 * Frees what was saved before: the caller's block now says what blockfile_save
 * returned.
 */
void blockfile_told(struct blockfile *b);

void blockfile_free(struct blockfile *b);

#endif

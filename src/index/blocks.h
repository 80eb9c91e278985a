/*
 * A file of blocks of 8 KiB, each with a digest that is compared when the
 * block is read: what is damaged, or did not reach the disk, is not believed.
 * Where the file cannot be written the blocks are kept in memory instead.
 *
 * They stand in the file behind one block that is the caller's, with a list
 * of where each stands.  What was saved last is never written over: a block
 * that changes, and the list, go to places that it does not use, until the
 * caller's block tells of them.  So a process that is killed leaves what was
 * saved before or what is saved now, whole.
 *
 * A few blocks are cached; what was changed is written when its place is
 * needed for another, and by blocks_save.
 */
#ifndef ONEPOP_BLOCKS_H
#define ONEPOP_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "index/places.h"

#define BLOCKS_OCTETS 8192
#define BLOCKS_CACHED 4
#define BLOCKS_SPARE  16 /* places that a file may have for nothing */

struct blocks_slot {
	bool used, changed;
	uint32_t number;
	uint64_t turn; /* when it was last asked for */
	char *octets;
};

/* The list has this for each block. */
struct blocks_entry {
	uint64_t digest;
	uint64_t place; /* 0: it is in no place yet */
};

/* What the caller's block is to tell of the others. */
struct blocks_saved {
	uint64_t n;      /* blocks */
	uint64_t list;   /* its place */
	uint64_t end;    /* the place behind the last that is used */
	uint64_t digest; /* of the list */
};

struct blocks {
	int fd;        /* -1: there is no file */
	char *memory;  /* the blocks, where they are not in the file */
	uint32_t n;    /* blocks there are */
	uint32_t room; /* for so many are entries, and memory */
	uint32_t file; /* places that the file may have */
	struct blocks_entry *entry;
	struct places places;
	struct blocks_saved saved; /* by the last blocks_save, or loaded */
	uint32_t end; /* the file is not to be cut before this place */
	uint64_t turn;
	int latest; /* the slot that was asked for last, as most are again */
	struct blocks_slot slot[BLOCKS_CACHED];
	_Alignas(64) char octets[BLOCKS_CACHED][BLOCKS_OCTETS]; /* theirs */
};

/*
 * There are none; fd, or -1 for no file, is closed by blocks_free.  The file
 * is so large.
 */
void blocks_init(struct blocks *b, int fd, off_t size);

/* Takes what was saved.  Returns 0; or -1, and there are none. */
int blocks_load(struct blocks *b, const struct blocks_saved *saved);

/* A block, until the next call; or NULL with errno, EBADMSG if damaged. */
const void *blocks_read(struct blocks *b, uint32_t number);

/* The same, to be changed.  The one behind the last is new, and zeros. */
void *blocks_write(struct blocks *b, uint32_t number);

/* Only the first n remain. */
void blocks_cut(struct blocks *b, uint32_t n);

/* Has the file twice the places that the blocks need, and more? */
bool blocks_is_loose(const struct blocks *b);

/*
 * Moves blocks to places before them, as far as those are free; blocks_save
 * then makes the file smaller.  Returns 0 or -1.
 */
int blocks_gather(struct blocks *b);

/*
 * Writes what was changed, and the list.  Returns 0, or -1 where the blocks
 * are in memory, and what was saved before is as it was.
 */
int blocks_save(struct blocks *b, struct blocks_saved *ret);

/* The caller's block tells of what blocks_save did: the rest may go. */
void blocks_told(struct blocks *b);

void blocks_free(struct blocks *b);

#endif

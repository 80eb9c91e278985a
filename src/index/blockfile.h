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
 * needed for another, and by blockfile_save.
 */
#ifndef ONEPOP_BLOCKFILE_H
#define ONEPOP_BLOCKFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "index/places.h"

#define BLOCKFILE_OCTETS 8192
#define BLOCKFILE_CACHED 4
#define BLOCKFILE_SPARE  16 /* places that a file may have for nothing */

struct blockfile_slot {
	bool used, changed;
	uint32_t number;
	uint64_t turn; /* when it was last asked for */
	char *octets;
};

/* The list has this for each block. */
struct blockfile_entry {
	uint64_t digest;
	uint64_t place; /* 0: it is in no place yet */
};

/* What the caller's block is to tell of the others. */
struct blockfile_saved {
	uint64_t n;      /* blocks */
	uint64_t list;   /* its place */
	uint64_t end;    /* the place behind the last that is used */
	uint64_t digest; /* of the list */
};

struct blockfile {
	int fd;        /* -1: there is no file */
	char *memory;  /* the blocks, where they are not in the file */
	uint32_t n;    /* blocks there are */
	uint32_t room; /* for so many are entries, and memory */
	uint32_t file; /* places that the file may have */
	struct blockfile_entry *entry;
	struct places places;
	struct blockfile_saved
		saved; /* by the last blockfile_save, or loaded */
	uint32_t end;  /* the file is not to be cut before this place */
	uint64_t turn;
	int latest; /* the slot that was asked for last, as most are again */
	struct blockfile_slot slot[BLOCKFILE_CACHED];
	_Alignas(64) char octets[BLOCKFILE_CACHED]
				[BLOCKFILE_OCTETS]; /* theirs */
};

/*
 * There are none; fd, or -1 for no file, is closed by blockfile_free.  The file
 * is so large.
 */
void blockfile_init(struct blockfile *b, int fd, off_t size);

/* Takes what was saved.  Returns 0; or -1, and there are none. */
int blockfile_load(struct blockfile *b, const struct blockfile_saved *saved);

/* A block, until the next call; or NULL with errno, EBADMSG if damaged. */
const void *blockfile_read(struct blockfile *b, uint32_t number);

/* The same, to be changed.  The one behind the last is new, and zeros. */
void *blockfile_write(struct blockfile *b, uint32_t number);

/* Only the first n remain. */
void blockfile_cut(struct blockfile *b, uint32_t n);

/* Has the file twice the places that the blocks need, and more? */
bool blockfile_is_loose(const struct blockfile *b);

/*
 * Moves blocks to places before them, as far as those are free; blockfile_save
 * then makes the file smaller.  Returns 0 or -1.
 */
int blockfile_gather(struct blockfile *b);

/*
 * Writes what was changed, and the list.  Returns 0, or -1 where the blocks
 * are in memory, and what was saved before is as it was.
 */
int blockfile_save(struct blockfile *b, struct blockfile_saved *ret);

/* The caller's block tells of what blockfile_save did: the rest may go. */
void blockfile_told(struct blockfile *b);

void blockfile_free(struct blockfile *b);

#endif

/*
 * A file of blocks of 8 KiB, each with a digest that is compared when the
 * block is read: what is damaged, or did not reach the disk, is not believed.
 * Where the file cannot be written the blocks are kept in memory instead.
 *
 * They stand in the file behind one block that is the caller's, and the
 * digests behind them.  A few are cached; what was changed is written when
 * its place is needed for another, and by blocks_save.
 */
#ifndef ONEPOP_BLOCKS_H
#define ONEPOP_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#define BLOCKS_OCTETS 8192
#define BLOCKS_CACHED 4

struct blocks_slot {
	bool used, changed;
	uint32_t number;
	uint64_t turn; /* when it was last asked for */
	char *octets;
};

struct blocks {
	int fd;        /* -1: there is no file */
	char *memory;  /* the blocks, where they are not in the file */
	uint32_t n;    /* blocks there are */
	uint32_t room; /* for so many are digests, and memory */
	uint32_t file; /* blocks that the file may hold */
	uint64_t *digests;
	uint64_t turn;
	int latest; /* the slot that was asked for last, as most are again */
	struct blocks_slot slot[BLOCKS_CACHED];
	_Alignas(64) char octets[BLOCKS_CACHED][BLOCKS_OCTETS]; /* theirs */
};

/* There are none; fd, or -1 for no file, is closed by blocks_free. */
void blocks_init(struct blocks *b, int fd);

/*
 * The file has n blocks, whose digests together have that digest.  Returns
 * 0; or -1, and there are none: so always, once they are kept in memory.
 */
int blocks_load(struct blocks *b, uint32_t n, uint64_t digest);

/* A block, until the next call; or NULL with errno, EBADMSG if damaged. */
const void *blocks_read(struct blocks *b, uint32_t number);

/* The same, to be changed.  The one behind the last is new, and zeros. */
void *blocks_write(struct blocks *b, uint32_t number);

/* Only the first n remain. */
void blocks_cut(struct blocks *b, uint32_t n);

/*
 * Writes what was changed, and the digests; *digest is what blocks_load
 * wants.  Returns 0, or -1 where the blocks are in memory.
 */
int blocks_save(struct blocks *b, uint64_t *digest);

void blocks_free(struct blocks *b);

#endif

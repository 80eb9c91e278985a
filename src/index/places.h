/* SPDX-License-Identifier: ISC */
/*
 * Which places of a block file are in use.  The kept places have the octets
 * that the file holds now; the next places have those that it will hold after
 * the next save.  A place can be both.  Place 0 is the caller's and never given
 * away.
 */
#ifndef ONEPOP_PLACES_H
#define ONEPOP_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#define PLACES_MOST (1U << 17) /* a file with more is not written */

enum places_use { PLACES_KEPT = 1, PLACES_NEXT = 2 };

/* All zeros: there are no places. */
struct places {
	uint8_t *use;
	uint32_t space; /* of use; the places behind it are free */
	uint32_t from;  /* all places before it are in use */
};

/* Frees all places, and makes space for n.  Returns 0, or -1 with errno. */
int places_clear(struct places *p, uint32_t n);

/*
 * Finds the first n free places in a row and marks them with that use.
 * Returns the first of them, or 0 with errno.
 */
uint32_t places_take(struct places *p, uint32_t n, enum places_use use);

/*
 * Marks n places, which were taken or are among those cleared, with one more
 * use.
 */
void places_use(struct places *p, uint32_t place, uint32_t n,
                enum places_use use);

/* Ends a use of a place. */
void places_leave(struct places *p, uint32_t place, enum places_use use);

bool places_is_kept(const struct places *p, uint32_t place);

void places_free(struct places *p);

#endif

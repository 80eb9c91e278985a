/*
 * Which places of a file are in use: those that are kept, for what the file
 * says now is read from there, and those of what it is to say next.  The
 * first place, 0, is never given away.
 */
#ifndef ONEPOP_PLACES_H
#define ONEPOP_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#define PLACES_MOST (1U << 17) /* a file of more is not written */

enum places_use { PLACES_KEPT = 1, PLACES_NEXT = 2 };

/* All zero: there are none. */
struct places {
	uint8_t *use;
	uint32_t room; /* for so many is known; those behind are free */
	uint32_t from; /* all before it are in use */
};

/* None of the first n, nor any behind, is in use.  Returns 0 or -1. */
int places_clear(struct places *p, uint32_t n);

/*
 * Finds the first n free ones that stand in a row, and uses them for that.
 * Returns the first of them; or 0 with errno.
 */
uint32_t places_take(struct places *p, uint32_t n, enum places_use use);

/* n from a place on, which was taken, or was among those cleared. */
void places_use(struct places *p, uint32_t place, uint32_t n,
                enum places_use use);

void places_leave(struct places *p, uint32_t place, enum places_use use);

bool places_is_kept(const struct places *p, uint32_t place);

void places_free(struct places *p);

#endif

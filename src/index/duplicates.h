/*
 * Messages with one unique-id, twins, are numbered in the order they come,
 * so that they can be told apart; a number stays with its message.
 */
#ifndef ONEPOP_DUPLICATES_H
#define ONEPOP_DUPLICATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "index/index.h"

/* The twins there were before the index was made anew. */
struct duplicates {
	size_t n;
	struct twin *twin;
	bool damaged; /* there were others, of whom nothing is known */
};

/* Finds the twins in an index. */
void duplicates_find(struct index *ix, struct duplicates *ret);

/*
 * Numbers the messages from that one on, those before having been numbered.
 * Twins there were get the numbers they had; where some of those with an id
 * are gone nobody can tell which, and the others get new ones: no message is
 * to pass for another.  Where not all that were are known all get new ones,
 * above any number there ever was.  Returns 0, or -1 with errno.
 */
int duplicates_number(struct index *ix, uint32_t from,
                      const struct duplicates *were);

void duplicates_free(struct duplicates *t);

#endif

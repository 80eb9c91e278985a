/* SPDX-License-Identifier: ISC */
/*
 * Numbers the messages that have the same unique-id, from 1 on and in their
 * order, so that UIDL shows different ids.  A number stays with its message.
 */
#ifndef ONEPOP_DUPLICATES_H
#define ONEPOP_DUPLICATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "index/index.h"

/* The messages that had numbers before the mailbox was scanned again. */
struct duplicates {
	size_t n;
	struct duplicate *known; /* by unique-id, then by number */
	bool damaged;            /* there were others, which are lost */
};

/* Finds the messages that have numbers in an index. */
void duplicates_find(struct index *ix, struct duplicates *ret);

/*
 * Numbers the messages from that one on; those before it have been numbered.
 * Messages with an id that is among those known get the numbers they had.  If
 * one of them is gone we cannot know which, so all get new numbers: a
 * unique-id is never reused for another message.  If before is damaged, all
 * get new numbers, above any that there ever was.  Returns 0, or -1 with
 * errno.
 */
int duplicates_number(struct index *ix, uint32_t from,
                      const struct duplicates *before);

void duplicates_free(struct duplicates *d);

#endif

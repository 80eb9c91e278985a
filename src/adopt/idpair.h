/* SPDX-License-Identifier: ISC */
/*
 * Decides which message of a mailbox is which one of an old server's list, by
 * their keys.  Nothing that is doubtful is paired: with another message's id a
 * client would take this message for that one, and never fetch it.
 */
#ifndef ONEPOP_IDPAIR_H
#define ONEPOP_IDPAIR_H

#include <stdint.h>

#include "adopt/headerkey.h"

struct idlist;

/* What stands for a message instead of the place of its partner. */
#define IDPAIR_KEYLESS  UINT32_MAX       /* it has no key */
#define IDPAIR_ALONE    (UINT32_MAX - 1) /* the list has no such key */
#define IDPAIR_DOUBTFUL (UINT32_MAX - 2) /* see below */
#define IDPAIR_LEAST    IDPAIR_DOUBTFUL  /* above any place in a list */

/*
 * Sets ret of each of the n messages, which are in the mailbox's order, to the
 * place of its partner in the list, counted from 0.
 *
 * Messages with the same key are paired in their order if the list has as many
 * of them; else they are doubtful.  In a list that is known by its order alone,
 * that is so for all messages, and keys is not looked at.
 *
 * Returns 0, or -1 with errno.
 */
int idpair_make(const struct idlist *l, const struct headerkey *keys,
                uint32_t n, uint32_t *ret);

#endif

/* SPDX-License-Identifier: ISC */
/* Removing messages from a mailbox file. */
#ifndef ONEPOP_MBOXREMOVE_H
#define ONEPOP_MBOXREMOVE_H

#include <stdint.h>

#include "maildrop/mbox.h"
#include "update/journal.h"

/*
 * Removes the messages marked in deleted (bitmap.h).  If another program
 * changed one of them, returns MBOX_CHANGED, and nothing is removed.
 */
enum mbox_status mbox_remove(struct mbox *m, struct journal *j,
                             const uint8_t *deleted);

#endif

/* SPDX-License-Identifier: ISC */
/* Removing messages from a mailbox file. */
#ifndef ONEPOP_MBOXREMOVE_H
#define ONEPOP_MBOXREMOVE_H

#include <stdint.h>

#include "maildrop/mbox.h"
#include "update/journal.h"
#include "update/kept.h"
#include "update/keptfile.h"

/* Where copies of the messages go, and how their unique-ids are found. */
struct mboxremove_copies {
	struct kept *kept;
	/* Writes the unique-id of a message.  Returns the place behind it. */
	char *(*write_id)(void *with, const struct mbox_message *m,
	                  char to[static KEPTFILE_ID]);
	void *with;
};

/*
 * Removes the messages marked in deleted (bitmap.h).  If another program
 * changed one of them, returns MBOX_CHANGED, and nothing is removed.  Before
 * any is removed they are copied (kept.h), unless copies is NULL.
 */
enum mbox_status mbox_remove(struct mbox *m, struct journal *j,
                             const uint8_t *deleted,
                             const struct mboxremove_copies *copies);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Reading a message for a client, and making sure that it is still the message
 * that was listed.
 */
#ifndef ONEPOP_MBOXREAD_H
#define ONEPOP_MBOXREAD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "maildrop/mbox.h"
#include "update/record.h"

/* A part of a message. */
struct mbox_window {
	const char *buf; /* valid until the next call */
	size_t n;        /* 0 at the message's end */
};

/*
 * Reads the next part of message i, which is msg, from the first octet of its
 * header on.  The caller sets *at to 0 before the first part, and leaves it
 * alone until ret->n is 0.
 * Returns MBOX_CHANGED if the message in the file is not, or no longer, msg.
 */
enum mbox_status mbox_read(struct mbox *m, uint32_t i,
                           const struct mbox_message *msg, off_t *at,
                           struct mbox_window *ret);

/*
 * Scans all of message i, which is msg; the caller has the lock.  Returns
 * MBOX_CHANGED if any of it differs from what was listed.  *ret is the
 * message's range in the file: up to the next message, or to the end of what
 * was listed.
 */
enum mbox_status mbox_compare(struct mbox *m, uint32_t i,
                              const struct mbox_message *msg,
                              struct range *ret);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * A range of a mailbox file: scanning it for messages, and comparing it with
 * the messages that the index lists there.
 *
 * mbox/ has the format and touches no file; this reads the file, so it stands
 * here, beside the index that it compares with.  The caller has the mailbox
 * locked.
 */
#ifndef ONEPOP_MBOXRANGE_H
#define ONEPOP_MBOXRANGE_H

#include <stdbool.h>

#include "mbox/mboxscan.h"

#define MBOXRANGE_SHORT 1 /* the file ends before the range does */

/*
 * Reports the messages from one place, where a message may start, to another,
 * where the last one ends.  Returns 0, MBOXRANGE_SHORT, MBOXSCAN_NOT_MBOX,
 * what found returned, or -1 with errno.
 */
int mboxrange_scan(int fd, off_t at, off_t end, mboxscan_fn *found, void *ctx);

/*
 * Sets *ret to whether a message's From_ line and header stand where they did,
 * octet for octet.  Returns 0, or -1 with errno.
 */
int mboxrange_header(int fd, const struct mbox_message *m, bool *ret);

/*
 * Digests the first n octets and the last n of a From_ line and header that
 * have more than n.  While a long header is sent, comparing this digest again
 * costs the same however long the header is.  Returns 0, or -1 with errno.
 */
int mboxrange_header_ends(int fd, const struct mbox_message *m, off_t n,
                          uint64_t *ret);

/*
 * Sets *ret to whether the octets from the message's start to the next
 * message's start are that message and no more.  next is NULL for the last
 * message, which ends at end.  Reads the whole message, and the next one's
 * header, which shows whether a message starts there.  Returns 0, or -1 with
 * errno.
 */
int mboxrange_message(int fd, const struct mbox_message *m,
                      const struct mbox_message *next, off_t end, bool *ret);

/*
 * Sets *ret to the octets of the blank line that ends at a place; to 0 at the
 * file's start, and to -1 if the line before the place is not blank.  Returns
 * 0, or -1 with errno.
 */
int mboxrange_blank_before(int fd, off_t at, int *ret);

#endif

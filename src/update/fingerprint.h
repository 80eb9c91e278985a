/* SPDX-License-Identifier: ISC */
/*
 * Is a mailbox the one that a record (record.h) is about, unchanged since?  It
 * is recognised by some of its octets: at its start, in the part that was moved
 * last, in the parts that are to be moved, and at its end.
 */
#ifndef ONEPOP_FINGERPRINT_H
#define ONEPOP_FINGERPRINT_H

#include <stdbool.h>
#include <sys/types.h>

#include "update/record.h"

/*
 * Sets the record's fingerprint and tail, before its window moves.  Returns
 * 0, or -1 with errno.
 */
int fingerprint_take(int mailbox, struct record *r);

/*
 * Sets *ret to whether the mailbox fits the record.  size is the mailbox's
 * size now, and at least the record's.  Octets appended since must begin
 * with a message.  Returns 0, or -1 with errno.
 */
int fingerprint_fits(int mailbox, const struct record *r, off_t size,
                     bool *ret);

#endif

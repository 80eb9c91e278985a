/* SPDX-License-Identifier: ISC */
/*
 * The UPDATE state's work on a mailbox's file (RFC 1939, section 6): takes
 * parts out of it, in place, and moves everything behind them up.  A journal
 * (record.h) makes this atomic: whenever the process is killed or the power
 * fails, the mailbox is as before, or recovery makes it what it was to be.
 *
 * The octets that are kept move in windows.  Before each window moves, a record
 * of all that is still to be done is on the disk.  The record holds the
 * window's octets, unless the target range holds no data that is still needed.
 * When all is moved, a marker is written behind it.  Then a record says that
 * the file is about to be cut, and the file is cut: cutting is not atomic on
 * the disk, unless the cut is at a block's end.  Other programs append at the
 * end of the file, which stays in place until the cut; what they append becomes
 * part of what is kept.
 */
#ifndef ONEPOP_UPDATE_H
#define ONEPOP_UPDATE_H

#include <stddef.h>
#include <sys/types.h>

#include "update/record.h"

/*
 * Takes n ranges out of the mailbox of size octets, which the caller has
 * locked.  The ranges are ascending, do not touch, and have RECORD_NONCE
 * octets or more in all.  Returns 0 when the result is on the disk; or -1 with
 * errno if nothing was done or recovery must finish it.  If there are more
 * ranges than one record can hold, the last of them may be gone for good when
 * it returns -1 because of the others.
 */
int update_remove(struct journal *j, int mailbox, const struct range *gone,
                  size_t n, off_t size);

#endif

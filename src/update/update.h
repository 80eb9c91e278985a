/*
 * The UPDATE state's work on a mailbox's file (RFC 1939, section 6): parts
 * are taken out of it, in place, and everything behind them moves up.  A
 * journal (record.h) makes it whole: killed or unplugged at any moment, the
 * mailbox is as before, or recovery makes it as it was to be.
 *
 * What is kept moves in windows.  Before each, a record of all that is still
 * to be done is on the disk, with the window's octets unless they go where
 * nothing kept stands.  When all is moved a marker stands behind it; then a
 * record says that the file is about to be cut, and it is cut: cutting is
 * not one step on the disk, unless at the end of a block.  Programs
 * that know nothing of this append at the end, which stays where it is until
 * then; what they append becomes part of what is kept.
 */
#ifndef ONEPOP_UPDATE_H
#define ONEPOP_UPDATE_H

#include <stddef.h>
#include <sys/types.h>

#include "update/record.h"

/*
 * Takes n ranges, ascending, apart and of RECORD_NONCE octets or more, out of
 * the mailbox of size octets, which the caller has locked.  Returns 0 when
 * that is on the disk; -1 with errno when nothing was done, or when recovery
 * must finish it.  Where there are more ranges than one record can hold, the
 * last of them may have gone, for good, before the others failed so.
 */
int update_remove(struct journal *j, int mailbox, const struct range *gone,
                  size_t n, off_t size);

#endif

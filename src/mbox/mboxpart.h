/*
 * Scanning a part of a mailbox file.
 *
 * The caller has the mailbox locked.
 */
#ifndef ONEPOP_MBOXPART_H
#define ONEPOP_MBOXPART_H

#include "mbox/mboxscan.h"

#define MBOXPART_SHORT 1 /* the file ends before */

/*
 * Reports the messages from one place, where a message may start, to another,
 * where the last one ends.  Returns 0, MBOXPART_SHORT, MBOXSCAN_NOT_MBOX, what
 * found returned, or -1 with errno.
 */
int mboxpart_scan(int fd, off_t at, off_t end, mboxscan_fn *found, void *ctx);

#endif

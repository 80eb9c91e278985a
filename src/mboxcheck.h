/*
 * Is what stands in a mailbox still what was listed?
 */
#ifndef ONEPOP_MBOXCHECK_H
#define ONEPOP_MBOXCHECK_H

#include <stdbool.h>

#include "mboxscan.h"

/*
 * Do a message's From_ line and header stand where they did, octet for
 * octet?  Returns 0, or -1 with errno.
 */
int mboxcheck_header(int fd, const struct mbox_message *m, bool *ret);

/*
 * Is what stands from the message's start to next that message and no more?
 * All of it is read.  Returns 0, or -1 with errno.
 */
int mboxcheck_range(int fd, const struct mbox_message *m, off_t next,
                    bool *ret);

#endif

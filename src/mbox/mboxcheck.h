/*
 * Is what stands in a mailbox still what was listed?
 */
#ifndef ONEPOP_MBOXCHECK_H
#define ONEPOP_MBOXCHECK_H

#include <stdbool.h>

#include "base/digest.h"
#include "mbox/mboxscan.h"

/*
 * Adds what stands from at up to end, or to the file's end, to a digest.
 * Returns 0, or -1 with errno.
 */
int mboxcheck_add(struct digest *d, int fd, off_t at, off_t end);

/*
 * Do a message's From_ line and header stand where they did, octet for
 * octet?  Returns 0, or -1 with errno.
 */
int mboxcheck_header(int fd, const struct mbox_message *m, bool *ret);

/*
 * Digests the first n octets and the last n of what mboxcheck_header looks at,
 * which has more: to compare a header once more that has just been found to be
 * the same, at a price that does not grow with it.  Returns 0, or -1 with
 * errno.
 */
int mboxcheck_ends(int fd, const struct mbox_message *m, off_t n,
                   uint64_t *ret);

/*
 * Is what stands from the message's start to that of the next that message and
 * no more?  next is NULL for the last one, which ends at end.  All of it is
 * read, and the next one's header, for this tells whether a message starts
 * there. Returns 0, or -1 with errno.
 */
int mboxcheck_message(int fd, const struct mbox_message *m,
                      const struct mbox_message *next, off_t end, bool *ret);

/*
 * Is the line before that place blank?  *ret is what it takes, in octets; 0
 * where there is none before, and -1 where it is not blank.  Returns 0, or -1
 * with errno.
 */
int mboxcheck_blank(int fd, off_t at, int *ret);

#endif

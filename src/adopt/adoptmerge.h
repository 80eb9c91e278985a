/* SPDX-License-Identifier: ISC */
/*
 * New pairs and those that were adopted before, as one NAME.uidl, which is
 * written whole or not at all (maildrop/adopted.h).
 */
#ifndef ONEPOP_ADOPTMERGE_H
#define ONEPOP_ADOPTMERGE_H

#include <stddef.h>
#include <stdint.h>

#include "maildrop/adopted.h"

struct adoptmerge {
	uint32_t added, kept; /* of the new pairs; kept: their message has an
	                         adopted id already */
	uint32_t count;       /* pairs in all */
	char *pairs;          /* their lines, for the caller to free */
	size_t n;
};

/*
 * Merges n octets of new lines, in any order, with those of before, which
 * always stay.  Returns 0, or -1 with errno: EBADMSG if the lines are no
 * pairs, or a message has two; EFBIG if there are too many.
 */
int adoptmerge_make(const struct adopted *before, const char *lines, size_t n,
                    struct adoptmerge *ret);

/*
 * Writes the file of that state name.  A process that is killed leaves the old
 * file or the new one, and maybe NAME.uidl.new, which the next one takes.  The
 * caller has the mailbox's journal locked.  Returns 0, or -1 with errno.
 */
int adoptmerge_write(const struct adoptmerge *m, const char *format,
                     int state_dir, const char *name);

#endif

/*
 * The UPDATE state's work on a mailbox's file (RFC 1939, section 6): parts
 * are taken out of it, in place, and everything behind them moves up.
 */
#ifndef ONEPOP_UPDATE_H
#define ONEPOP_UPDATE_H

#include <stddef.h>
#include <sys/types.h>

/* A part of a file: from start up to, not including, end. */
struct range {
	off_t start, end;
};

/*
 * Takes n ranges, ascending, apart and not empty, out of the mailbox of
 * size octets, which the caller has locked.  Returns 0 when that is on the
 * disk, or -1 with errno.
 */
int update_remove(int mailbox, const struct range *gone, size_t n, off_t size);

#endif

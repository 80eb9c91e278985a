/*
 * Room to overwrite: an update that has begun must not fail for want of it.
 */
#ifndef ONEPOP_SPACE_H
#define ONEPOP_SPACE_H

#include <sys/types.h>

/*
 * Makes sure that n octets from at on, all below size, can be overwritten
 * with the disk full or the quota used up.  Missing and shared blocks are
 * allocated.  On file systems that write elsewhere what is overwritten,
 * twice as much as n is allocated behind size.  Returns 1 where that is to be
 * given back before anything is overwritten, but not before all else that
 * needs room has it; else 0, or -1 with errno; with not an octet changed.
 */
int space_make(int fd, off_t at, off_t n, off_t size);

/* Gives it back.  Returns 0, or -1 with errno. */
int space_give_back(int fd, off_t size);

#endif

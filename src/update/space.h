/* SPDX-License-Identifier: ISC */
/*
 * Disk space for overwriting: an update that has begun must not fail because
 * the disk is full.
 */
#ifndef ONEPOP_SPACE_H
#define ONEPOP_SPACE_H

#include <sys/types.h>

/*
 * Makes sure that n octets from at on, all below size, can be overwritten even
 * if the disk is full or the quota used up.  Missing and shared blocks are
 * allocated.  On file systems that write what is overwritten to another place,
 * allocates twice n octets behind size and returns 1: the caller gives that
 * back before anything is overwritten, and after everything else that needs
 * space has it.  Else returns 0, or -1 with errno.  Changes no octet.
 */
int space_make(int fd, off_t at, off_t n, off_t size);

/* Gives the space behind size back.  Returns 0, or -1 with errno. */
int space_give_back(int fd, off_t size);

#endif

/* SPDX-License-Identifier: ISC */
/* Ranges of a file's octets, and copying them to another place. */
#ifndef ONEPOP_RANGES_H
#define ONEPOP_RANGES_H

#include <stddef.h>
#include <sys/types.h>

#include "base/byteorder.h"
#include "base/digest.h"

/* From start up to, but not including, end.  Journals have it. */
struct range {
	off_t start, end;
} BYTEORDER_FILE;

/* A place in a file. */
struct ranges_place {
	int fd;
	off_t at;
};

/* Returns how many octets are in the n ranges. */
off_t ranges_octets(const struct range *r, size_t n);

/*
 * Copies the first n octets of ranges, one range after the other, to a place
 * in another file or in the same file; there the place must not overlap them.
 * Adds the octets to d, unless it is NULL.  Returns 0, or -1 with errno: EIO
 * if the file ended.
 */
int ranges_copy(int from, const struct range *r, off_t n,
                struct ranges_place to, struct digest *d);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * XXH3, of 64 bits or of 128: tells whether octets are still what they were.
 * It guards against other programs' changes, not against somebody who makes
 * two texts that have the same digest.
 */
#ifndef ONEPOP_DIGEST_H
#define ONEPOP_DIGEST_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct digest128 {
	uint64_t high, low;
};

struct digest; /* octets being digested */

/* Returns a digest of no octets yet, or NULL if there is no memory. */
struct digest *digest_new(void);
void digest_free(struct digest *d);

/* Starts again with no octets. */
void digest_begin(struct digest *d);

void digest_add(struct digest *d, const void *buf, size_t n);

/*
 * Adds the octets of a file from at up to end.  Returns how many there were,
 * fewer only at the file's end; or -1 with errno.
 */
off_t digest_add_file(struct digest *d, int fd, off_t at, off_t end);

/* The digest of the octets added. */
uint64_t digest_end(struct digest *d);
struct digest128 digest_end128(struct digest *d);

/* The digest of these octets alone. */
uint64_t digest_of(const void *buf, size_t n);
struct digest128 digest_of128(const void *buf, size_t n);

#endif

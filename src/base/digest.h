/*
 * XXH3-64: tells whether octets are still what they were.  It guards against
 * other programs' changes, not against somebody who makes two texts alike.
 */
#ifndef ONEPOP_DIGEST_H
#define ONEPOP_DIGEST_H

#include <stddef.h>
#include <stdint.h>

struct digest;

struct digest *digest_new(void); /* NULL where there is no memory */
void digest_free(struct digest *d);

void digest_begin(struct digest *d);
void digest_add(struct digest *d, const void *buf, size_t n);
uint64_t digest_end(struct digest *d);

/* The digest of these octets alone. */
uint64_t digest_of(const void *buf, size_t n);

#endif

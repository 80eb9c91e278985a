/*
 * A digest under a key: without the key nobody can tell what it was made of,
 * or try out what it could be.  It is BLAKE2b, of libsodium, which is in the
 * module onepop-keyed.so: few sessions need it for long.
 */
#ifndef ONEPOP_KEYED_H
#define ONEPOP_KEYED_H

#include <stddef.h>
#include <stdint.h>

#define KEYED_KEY    32 /* octets */
#define KEYED_DIGEST 32

struct keyed_part {
	const void *octets;
	size_t n;
};

/* Makes the digest of n parts, one after the other.  Returns 0 or -1. */
typedef int keyed_digest_fn(const uint8_t key[static KEYED_KEY],
                            const struct keyed_part *parts, size_t n,
                            uint8_t ret[static KEYED_DIGEST]);

#define KEYED_MODULE "onepop-keyed.so"
#define KEYED_SYMBOL "keyed_digest"

keyed_digest_fn keyed_digest;

#endif

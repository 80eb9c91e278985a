/* SPDX-License-Identifier: ISC */
/*
 * Makes a message authentication code, a digest under a key: without the key,
 * nobody can tell from it what was digested, or try guesses.  It is BLAKE2b of
 * libsodium, in the module onepop-mac.so, because few sessions need it.
 */
#ifndef ONEPOP_MAC_H
#define ONEPOP_MAC_H

#include <stddef.h>
#include <stdint.h>

#define MAC_KEY    32 /* octets */
#define MAC_DIGEST 32

struct mac_part {
	const void *octets;
	size_t n;
};

/* Digests n parts, one after the other.  Returns 0, or -1. */
typedef int mac_digest_fn(const uint8_t key[static MAC_KEY],
                          const struct mac_part *parts, size_t n,
                          uint8_t ret[static MAC_DIGEST]);

#define MAC_MODULE "onepop-mac.so"
#define MAC_SYMBOL "mac_digest"

mac_digest_fn mac_digest;

#endif

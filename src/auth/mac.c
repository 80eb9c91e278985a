/* SPDX-License-Identifier: ISC */
#include <sodium/core.h>
#include <sodium/crypto_generichash.h>
#include <sodium/utils.h>

#include "auth/mac.h"

int mac_digest(const uint8_t key[static MAC_KEY], const struct mac_part *parts,
               size_t n, uint8_t ret[static MAC_DIGEST])
{
	crypto_generichash_state state;
	size_t i;
	int failed;

	if (sodium_init() < 0)
		return -1;
	failed = crypto_generichash_init(&state, key, MAC_KEY, MAC_DIGEST);
	for (i = 0; i < n && !failed; i++)
		failed = crypto_generichash_update(&state, parts[i].octets,
		                                   parts[i].n);
	if (!failed)
		failed = crypto_generichash_final(&state, ret, MAC_DIGEST);
	sodium_memzero(&state, sizeof(state));
	return failed ? -1 : 0;
}

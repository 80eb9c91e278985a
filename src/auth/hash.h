/* SPDX-License-Identifier: ISC */
/*
 * Compares a password with a hash of crypt(5).  libcrypt is in the module
 * onepop-hash.so, because only a session whose password PAM denies needs it.
 */
#ifndef ONEPOP_HASH_H
#define ONEPOP_HASH_H

/* Returns 1 if the password fits, 0 if not, or -1 if libcrypt cannot tell. */
typedef int hash_fits_fn(const char *hash, const char *password);

#define HASH_MODULE "onepop-hash.so"
#define HASH_SYMBOL "hash_fits"

hash_fits_fn hash_fits;

#endif

/*
 * Does a password fit a hash of crypt(5)?  libcrypt is in the module
 * onepop-hash.so: only a session whose password PAM denies needs it.
 */
#ifndef ONEPOP_HASH_H
#define ONEPOP_HASH_H

/* Returns 1 if it does, 0 if it does not, -1 if libcrypt cannot tell. */
typedef int hash_fits_fn(const char *hash, const char *password);

#define HASH_MODULE "onepop-hash.so"
#define HASH_SYMBOL "hash_fits"

hash_fits_fn hash_fits;

#endif

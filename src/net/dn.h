/*
 * The name of a certificate in one line, as stunnel leaves it in
 * SSL_CLIENT_DN: "C=DE, O=Example, CN=alice, emailAddress=alice@example.org".
 */
#ifndef ONEPOP_DN_H
#define ONEPOP_DN_H

#include <stddef.h>

/*
 * Finds the value of the key, "CN" or another, of at most size - 1 octets.
 * Commas and the like in a value are text only where they are quoted or
 * escaped, as OpenSSL does, so that nobody makes a pair of a value.  Returns
 * 0; or -1 where there is none, where there are two, where it has an octet
 * that OpenSSL writes as a number, or where the line is none.
 */
int dn_find(const char *dn, const char *key, char *value, size_t size);

#endif

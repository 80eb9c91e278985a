/* SPDX-License-Identifier: ISC */
/*
 * Reads the distinguished name of a certificate, written in one line as
 * stunnel sets it in SSL_CLIENT_DN:
 * "C=DE, O=Example, CN=alice, emailAddress=alice@example.org".
 */
#ifndef ONEPOP_DN_H
#define ONEPOP_DN_H

#include <stddef.h>

/*
 * Copies the value of the key, such as "CN", and its NUL into size octets.  A
 * comma or another separator inside a value counts only as text if it is
 * quoted or escaped, as OpenSSL writes it: a value cannot forge another pair.
 *
 * Returns 0.  Returns -1 if the line is no distinguished name; or if the key
 * is missing, stands twice, or has a value that is too long or contains an
 * octet that OpenSSL writes in hexadecimal.
 */
int dn_find(const char *dn, const char *key, char *value, size_t size);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Lists of address prefixes (RFC 4632), as --proxy-from has them:
 * "unix,127.0.0.0/8,2001:db8::1".  The item "unix" stands for peers that have
 * no address.  An IPv4 prefix also contains the mapped IPv4 address.
 */
#ifndef ONEPOP_CIDR_H
#define ONEPOP_CIDR_H

#include <stdbool.h>

struct endpoint;

/* Returns NULL, or the problem with the list in words. */
const char *cidr_problem(const char *list);

/* The same of a list that may not have "unix". */
const char *cidr_networks_problem(const char *list);

/*
 * Returns whether a valid list contains all addresses of IPv4 or IPv6 by one
 * item.
 */
bool cidr_has_everybody(const char *list);

/*
 * Returns whether a valid list contains the peer.  An ENDPOINT_UNKNOWN is in
 * no list.
 */
bool cidr_has(const char *list, const struct endpoint *peer);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Internet addresses and the ends of a connection, in binary.  An IPv4 address
 * that is mapped into IPv6 is treated as the IPv4 address everywhere.
 */
#ifndef ONEPOP_ADDRESS_H
#define ONEPOP_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define ADDRESS_V4_BITS 96 /* bits before an IPv4 address */

/* In network order; IPv4 as ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2). */
struct address {
	uint8_t octets[16];
};

enum endpoint_kind {
	ENDPOINT_NONE,    /* a pipe or terminal; or nothing was said of it */
	ENDPOINT_UNIX,    /* a unix socket */
	ENDPOINT_UNKNOWN, /* it has an address that nobody can tell us */
	ENDPOINT_INET     /* it has the address and the port */
};

/* One end of a connection. */
struct endpoint {
	enum endpoint_kind kind;
	struct address address;
	unsigned int port;
};

/* From the 4 or 16 octets of a packet. */
void address_from_v4(struct address *a, const void *octets);
void address_from_v6(struct address *a, const void *octets);

/* Returns the family, AF_INET or AF_INET6, of text that may be an address. */
int address_family(const char *text);

/*
 * Reads an address of the family, AF_INET or AF_INET6.  It must fill the text
 * and have no scope, and IPv4 no leading zeros.  Returns 0, or -1.
 */
int address_parse(struct address *a, int family, const char *text);

/*
 * As address_parse, for an address that another program reports: a link-local
 * IPv6 address may have a scope, as in "fe80::7%eth0" (RFC 4007, section 11).
 * The scope is dropped.
 */
int address_parse_client(struct address *a, int family, const char *text);

/* Reads a port, 0 to 65535 without leading zeros.  Returns 0, or -1. */
int address_parse_port(unsigned int *port, const char *text);

bool address_is_v4(const struct address *a);

/* Returns whether it is in 127.0.0.0/8 or ::1, which only this host uses. */
bool address_is_loopback(const struct address *a);

void address_write(const struct address *a, char text[INET6_ADDRSTRLEN]);

#endif

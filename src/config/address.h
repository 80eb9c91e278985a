/* Numeric addresses of the internet; IPv4 in IPv6 is IPv4 everywhere. */
#ifndef ONEPOP_ADDRESS_H
#define ONEPOP_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define ADDRESS_V4_BITS 96 /* what stands before an IPv4 address */

/* In network order, IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). */
struct address {
	uint8_t octets[16];
};

/* One end of a connection. */
struct endpoint {
	struct address address;
	unsigned int port;
};

/* From the 4 or 16 octets of a packet. */
void address_from_v4(struct address *a, const void *octets);
void address_from_v6(struct address *a, const void *octets);

/* The family, AF_INET or AF_INET6, of what may be an address. */
int address_family(const char *text);

/*
 * Reads an address of the family, AF_INET or AF_INET6: all of the text, with
 * no scope and no leading zeros in IPv4.  Returns 0, or -1.
 */
int address_parse(struct address *a, int family, const char *text);

/*
 * The same for what a program says of its clients: an address of IPv6 that is
 * of one link only may have a scope, as in "fe80::7%eth0" (RFC 4007, section
 * 11), which is dropped.
 */
int address_parse_client(struct address *a, int family, const char *text);

/* Reads a port, 0 to 65535 without leading zeros.  Returns 0, or -1. */
int address_parse_port(unsigned int *port, const char *text);

bool address_is_v4(const struct address *a);

/* Is it of this host only: 127.0.0.0/8, ::1? */
bool address_is_loopback(const struct address *a);

void address_write(const struct address *a, char text[INET6_ADDRSTRLEN]);

#endif

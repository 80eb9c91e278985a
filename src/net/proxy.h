/*
 * The header of the PROXY protocol (HAProxy's doc/proxy-protocol.txt),
 * versions 1 and 2: a function of octets.
 *
 * What the protocol leaves to us: a header is bad that is longer than
 * PROXY_MAX, has a TLV that goes beyond its end, one twice of those that are
 * read here, or other than TLVs behind an unspecified family.  TLVs that are
 * not read here are skipped; what comes with LOCAL is not looked at; a
 * datagram's addresses are not known.  A scope of IPv6, which stunnel writes
 * in version 1 where the address is of one link only, is dropped.
 */
#ifndef ONEPOP_PROXY_H
#define ONEPOP_PROXY_H

#include <stdbool.h>
#include <stddef.h>

#include "config/address.h"

#define PROXY_MAX    4096 /* octets of a header */
#define PROXY_V1_MAX 107  /* of one of version 1 (section 2.1) */

enum proxy_status { PROXY_MORE, PROXY_DONE, PROXY_BAD };

struct proxy {
	/*
	 * The client's end: ENDPOINT_INET; ENDPOINT_UNKNOWN if the header does
	 * not tell its address; or ENDPOINT_NONE if the proxy speaks for
	 * itself, to see whether we are alive.
	 */
	struct endpoint source;
	struct endpoint destination; /* ENDPOINT_INET if the source is */

	/* The TLVs; those that are not there are false and empty */
	bool tls_told;         /* it says whether the client speaks TLS: */
	bool tls;              /* it does */
	char tls_version[16];  /* with a version such as "TLSv1.3" */
	bool certified;        /* and a certificate that was found good, */
	char common_name[256]; /* of this name */
	char server_name[256]; /* what the client calls the server */
};

/*
 * Parses the first n octets of a connection; they may be more than the header.
 *
 * Returns PROXY_MORE where they are too few: all of them belong to the header,
 * and *length is as it was; PROXY_DONE with *p filled and the header's octets
 * in *length; or PROXY_BAD with what is wrong in *wrong.
 */
enum proxy_status proxy_parse(struct proxy *p, const void *octets, size_t n,
                              size_t *length, const char **wrong);

#endif

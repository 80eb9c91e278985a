/* SPDX-License-Identifier: ISC */
/*
 * Parses the header of the PROXY protocol (HAProxy's doc/proxy-protocol.txt),
 * versions 1 and 2.  It reads only the octets it is given.
 *
 * Where the protocol leaves the choice to us: a header is bad if it is longer
 * than PROXY_MAX, if a TLV goes beyond its end or, of those read here, stands
 * twice, or if anything but TLVs follows an unspecified family.  Other TLVs
 * are skipped, and everything after LOCAL.  A datagram's addresses are
 * unknown.  The scope of an IPv6 address, which stunnel writes in version 1
 * for a link-local one, is dropped.
 */
#ifndef ONEPOP_PROXY_H
#define ONEPOP_PROXY_H

#include <stdbool.h>
#include <stddef.h>

#include "config/address.h"

#define PROXY_MAX    4096 /* octets of a header */
#define PROXY_V1_MAX 107  /* octets of a version 1 header (section 2.1) */

enum proxy_status { PROXY_MORE, PROXY_DONE, PROXY_BAD };

struct proxy {
	/*
	 * The client's end: ENDPOINT_INET; ENDPOINT_UNKNOWN if the header does
	 * not tell its address; or ENDPOINT_NONE if the proxy speaks for
	 * itself, to see whether we are alive.
	 */
	struct endpoint source;
	struct endpoint destination; /* ENDPOINT_INET if the source is */

	/* From the TLVs: false or "" without them */
	bool tls_told;         /* the header tells whether TLS is used */
	bool tls;              /* TLS is used between client and proxy */
	char tls_version[16];  /* such as "TLSv1.3" */
	bool certified;        /* the proxy verified a client certificate */
	char common_name[256]; /* of that certificate */
	char server_name[256]; /* by which the client calls the server */
};

/*
 * Parses a header at the start of the first n octets of a connection.
 *
 * Returns PROXY_MORE if the header is not complete: all n octets belong to it,
 * and *length is unchanged.  Returns PROXY_DONE with *p filled in and the
 * header's octets in *length.  Returns PROXY_BAD with the problem in words in
 * *problem.
 */
enum proxy_status proxy_parse(struct proxy *p, const void *octets, size_t n,
                              size_t *length, const char **problem);

#endif

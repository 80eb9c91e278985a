/* SPDX-License-Identifier: ISC */
/*
 * The client's address and ours: binary, and as text for the log.  Names are
 * never looked up.
 */
#ifndef ONEPOP_CLIENT_H
#define ONEPOP_CLIENT_H

#include <netinet/in.h>
#include <stdbool.h>

#include "config/address.h"

struct client {
	struct endpoint remote, local; /* the client's end, and ours */
	struct endpoint hop; /* the other end of the connection: the client, or
	                        a proxy */

	/*
	 * Text for the log, from which nothing is decided: the address
	 * without a scope; "unknown"; or "local" for an end without address.
	 */
	char rip[INET6_ADDRSTRLEN], lip[INET6_ADDRSTRLEN];
};

/*
 * Reads both ends of the connection.  The client's is ENDPOINT_UNKNOWN if it
 * has hung up already.
 */
void client_find(struct client *c, int connection);

/*
 * Replaces the peer of the connection, a proxy, by the client that it serves.
 * If local is ENDPOINT_NONE, the connection's own end stays.
 */
void client_forward(struct client *c, const struct endpoint *remote,
                    const struct endpoint *local);

/*
 * Returns whether all that the client sends has come from this host (by the
 * loopback, a unix socket, a pipe or a terminal), or from one of the networks,
 * a list of cidr.h or NULL.  A proxy's way to us counts, too.  A client without
 * a known address is nowhere.
 */
bool client_is_near(const struct client *c, const char *networks);

/* Adds rip, rport and lip to the line being logged. */
void client_log(const struct client *c);

#endif

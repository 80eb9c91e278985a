/* SPDX-License-Identifier: ISC */
/*
 * Where the client's address comes from (--client-address): the connection
 * itself, the PROXY header that a proxy sends first, or the environment that
 * the program which accepted the connection set for us.
 */
#ifndef ONEPOP_CLIENTSOURCE_H
#define ONEPOP_CLIENTSOURCE_H

#include <stdbool.h>

#include "base/deadline.h"
#include "config/address.h"
#include "config/username.h"

struct tlspolicy;
struct client;
struct options;

struct clientsource {
	const struct options *options;

	/* From the environment: */
	const char *problem; /* NULL, or the problem with it in words */
	struct endpoint remote;
	struct endpoint local;          /* ENDPOINT_NONE if it does not tell */
	char user[USERNAME_OCTETS + 1]; /* named by the client certificate, and
	                                   not checked yet; or "" */
};

/*
 * Reads the environment if --client-address says so.  Call it before
 * sandbox_start, which empties the environment.  The options must outlive *s.
 */
void clientsource_start(struct clientsource *s, const struct options *o);

/*
 * Returns NULL, or the problem with the set-up, for the log: no connection
 * from this peer can be served.  The environment does not tell the client's
 * address; or PROXY headers may name the user of a client certificate, while
 * the peer is allowed only by --proxy-from's default, the loopback, from which
 * any user of this host can connect.
 */
const char *clientsource_problem(const struct clientsource *s,
                                 const struct client *peer);

/*
 * Updates the client and the TLS policy, which describe the connection itself
 * before, by what the proxy or the environment says: the address, TLS, and
 * with --tls-client-user the user that the client certificate names.  A PROXY
 * header must be complete by the deadline; it is taken off the connection, and
 * no octet after it.
 *
 * Returns false if the connection must be closed without a reply.  The reason
 * has been logged, unless the peer hung up without sending anything.
 */
bool clientsource_find(const struct clientsource *s, int connection,
                       deadline_t until, struct client *c,
                       struct tlspolicy *policy);

#endif

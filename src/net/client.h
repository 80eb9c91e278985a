/* Who is at the other end of the connection: numbers, never names. */
#ifndef ONEPOP_CLIENT_H
#define ONEPOP_CLIENT_H

#include <netinet/in.h>
#include <stdbool.h>

#include "config/address.h"

/*
 * An address is numeric, without a scope, IPv4 in IPv6 written as IPv4.  It
 * is "local" where there are none, and "unknown" for a client that is gone.
 */
struct client {
	char rip[INET6_ADDRSTRLEN], lip[INET6_ADDRSTRLEN];
	unsigned int rport, lport; /* 0: none */
	bool local;                /* loopback, unix socket, pipe or terminal */
};

/* Looks at the connection. */
void client_find(struct client *c, int connection);

/*
 * The same for a client that the one at the other end of the connection
 * speaks for: it is at remote, or nobody knows where (NULL), and went to
 * local, or where the connection does (NULL).  It is local only if the
 * connection is, too.
 */
void client_forward(struct client *c, const struct endpoint *remote,
                    const struct endpoint *local);

/* Adds rip, rport and lip to the line being logged. */
void client_log(const struct client *c);

#endif

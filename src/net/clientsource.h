/*
 * Who stands in front of us, and speaks for the client: with --client-address
 * proxy it sends a PROXY header first, with environment it has started us.
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
	/* What the environment says */
	const char *wrong;              /* NULL, or what is wrong with it */
	struct endpoint remote, local;  /* local may be ENDPOINT_NONE */
	char user[USERNAME_OCTETS + 1]; /* whom the client's certificate names,
	                                 as it is written there; or "" */
};

/*
 * Reads the environment, if the options, which must stay, say so: before
 * sandbox_start, which empties it.
 */
void clientsource_start(struct clientsource *f, const struct options *o);

/*
 * Returns NULL, or why a connection from that peer cannot be served: a fault
 * of the set-up, for the log.  The environment does not tell the client's
 * address; or headers may name the user of a certificate, and the peer is on
 * the loopback, which --proxy-from has by default only: any user of the host
 * can connect from there.
 */
const char *clientsource_wrong(const struct clientsource *f,
                               const struct client *peer);

/*
 * Sets the client and its channel, which are the connection's till then, to
 * what the one in front says: its address, TLS, and its certificate's user,
 * if --tls-client-user asks for one.  A header, which must come until the
 * deadline, is taken from the connection, and nothing behind it.  Returns false
 * where the connection is to be closed without a word: that has been logged,
 * unless the other end said nothing and left.
 */
bool clientsource_find(const struct clientsource *f, int connection,
                       deadline_t until, struct client *c,
                       struct tlspolicy *ch);

#endif

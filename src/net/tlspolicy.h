/* SPDX-License-Identifier: ISC */
/*
 * Whether the connection is encrypted, and whether a password may cross it
 * (--require-tls, --trusted-networks).  TLS is our own, or that of the program
 * before us (--tls external, or a PROXY header).
 */
#ifndef ONEPOP_TLSPOLICY_H
#define ONEPOP_TLSPOLICY_H

#include <stdbool.h>

#include "config/username.h"

struct client;
struct options;

#define TLSPOLICY_NAME 16

struct tlspolicy {
	bool encrypted;
	char tls[TLSPOLICY_NAME]; /* for the log: "no", "external", "TLSv1.3" */
	char user[USERNAME_OCTETS + 1]; /* named by the client certificate, a
	                                   valid login name; or "" */
};

/* The state at the start of a session: encrypted with --tls external only. */
void tlspolicy_init(struct tlspolicy *p, const struct options *o);

/*
 * The connection is encrypted from here on.  tls is a word for the log, which
 * is cut if it is too long.
 */
void tlspolicy_encrypt(struct tlspolicy *p, const char *tls);

/*
 * A client certificate, which has been verified, names that user.  A name that
 * cannot be a login name is ignored.
 */
void tlspolicy_set_user(struct tlspolicy *p, const char *user);

/* A proxy says that the connection is not encrypted, whatever --tls says. */
void tlspolicy_expose(struct tlspolicy *p);

/*
 * Returns the word for the log: p->tls; or "no/trusted" if a password may cross
 * only because of --trusted-networks.
 */
const char *tlspolicy_word(const struct tlspolicy *p, const struct options *o,
                           const struct client *client);

/*
 * Returns NULL if --require-tls allows a password on this connection, or the
 * problem in words, for the reply.  The words name STLS if this session offers
 * it.  They name no other way: this process cannot know whether port 995 is
 * open.
 */
const char *tlspolicy_problem(const struct tlspolicy *p,
                              const struct options *o,
                              const struct client *client);

#endif

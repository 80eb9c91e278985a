/*
 * Is what crosses the connection encrypted, and may a password cross it?
 * --tls and --require-tls say so for the whole connection; TLS that we speak
 * ourselves, and a proxy that speaks it for us, for the one at hand.
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
	char user[USERNAME_OCTETS + 1]; /* whom the client's certificate names,
	                                 or "" */
};

/* As it is when the session begins: encrypted with --tls external only. */
void tlspolicy_init(struct tlspolicy *c, const struct options *o);

/* It is encrypted from here on: how, in a word for the log, cut if need be. */
void tlspolicy_encrypt(struct tlspolicy *c, const char *tls);

/*
 * The client's certificate, which has been verified, names that user.  What
 * can be no login name is nobody's.
 */
void tlspolicy_set_user(struct tlspolicy *c, const char *user);

/* It is not, whatever --tls says: a proxy knows better. */
void tlspolicy_expose(struct tlspolicy *c);

/*
 * Returns NULL if --require-tls lets a password cross, else what to tell the
 * client.  That names STLS if this session offers it, and no other way: this
 * process cannot know whether port 995 is open.
 */
const char *tlspolicy_refusal(const struct tlspolicy *c,
                              const struct options *o,
                              const struct client *client);

#endif

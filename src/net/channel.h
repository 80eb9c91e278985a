/*
 * Is what crosses the connection encrypted, and may a password cross it?
 * --tls and --require-tls say so for the whole connection; TLS that we speak
 * ourselves, and a proxy that speaks it for us, for the one at hand.
 */
#ifndef ONEPOP_CHANNEL_H
#define ONEPOP_CHANNEL_H

#include <stdbool.h>

#include "config/mailpath.h"

struct client;
struct options;

#define CHANNEL_NAME 16

struct channel {
	bool encrypted;
	char tls[CHANNEL_NAME]; /* for the log: "no", "external", "TLSv1.3" */
	char user[MAILPATH_USER + 1]; /* whom the client's certificate names,
	                                 or "" */
};

/* As it is when the session begins: encrypted with --tls external only. */
void channel_init(struct channel *c, const struct options *o);

/* It is encrypted from here on: how, in a word for the log, cut if need be. */
void channel_encrypt(struct channel *c, const char *tls);

/*
 * The client's certificate, which has been verified, names that user.  What
 * can be no login name is nobody's.
 */
void channel_set_user(struct channel *c, const char *user);

/* It is not, whatever --tls says: a proxy knows better. */
void channel_expose(struct channel *c);

/*
 * Returns NULL if --require-tls lets a password cross, else what to tell the
 * client.  That names STLS if this session offers it, and no other way: this
 * process cannot know whether port 995 is open.
 */
const char *channel_refusal(const struct channel *c, const struct options *o,
                            const struct client *client);

#endif

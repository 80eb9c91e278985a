#include <stdio.h>

#include "config/options.h"
#include "net/channel.h"
#include "net/client.h"

void channel_init(struct channel *c, const struct options *o)
{
	channel_expose(c);
	if (o->tls == TLS_EXTERNAL)
		channel_encrypt(c, "external");
}

void channel_encrypt(struct channel *c, const char *tls)
{
	c->encrypted = true;
	(void)snprintf(c->tls, sizeof(c->tls), "%s", tls);
}

void channel_set_user(struct channel *c, const char *user)
{
	(void)snprintf(c->user, sizeof(c->user), "%s",
	               mailpath_user(user) ? user : "");
}

void channel_expose(struct channel *c)
{
	*c = (struct channel){.tls = "no"};
}

const char *channel_refusal(const struct channel *c, const struct options *o,
                            const struct client *client)
{
	if (c->encrypted || o->require_tls == REQUIRE_TLS_NEVER ||
	    (o->require_tls == REQUIRE_TLS_REMOTE && client->local))
		return NULL;
	return o->tls == TLS_STLS
	               ? "plaintext passwords are not accepted here; "
	                 "use STLS first"
	               : "plaintext passwords are not accepted here; "
	                 "ask the administrator how to use TLS";
}

#include <stdio.h>

#include "config/options.h"
#include "net/client.h"
#include "net/tlspolicy.h"

void tlspolicy_init(struct tlspolicy *c, const struct options *o)
{
	tlspolicy_expose(c);
	if (o->tls == TLS_EXTERNAL)
		tlspolicy_encrypt(c, "external");
}

void tlspolicy_encrypt(struct tlspolicy *c, const char *tls)
{
	c->encrypted = true;
	(void)snprintf(c->tls, sizeof(c->tls), "%s", tls);
}

void tlspolicy_set_user(struct tlspolicy *c, const char *user)
{
	(void)snprintf(c->user, sizeof(c->user), "%s",
	               username_is_valid(user) ? user : "");
}

void tlspolicy_expose(struct tlspolicy *c)
{
	*c = (struct tlspolicy){.tls = "no"};
}

const char *tlspolicy_refusal(const struct tlspolicy *c,
                              const struct options *o,
                              const struct client *client)
{
	if (c->encrypted || o->require_tls == REQUIRE_TLS_NEVER ||
	    (o->require_tls == REQUIRE_TLS_REMOTE && client->on_this_host))
		return NULL;
	return o->tls == TLS_STLS
	               ? "plaintext passwords are not accepted here; "
	                 "use STLS first"
	               : "plaintext passwords are not accepted here; "
	                 "ask the administrator how to use TLS";
}

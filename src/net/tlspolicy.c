/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "config/options.h"
#include "net/client.h"
#include "net/tlspolicy.h"

void tlspolicy_init(struct tlspolicy *p, const struct options *o)
{
	tlspolicy_expose(p);
	if (o->tls == TLS_EXTERNAL)
		tlspolicy_encrypt(p, "external");
}

void tlspolicy_encrypt(struct tlspolicy *p, const char *tls)
{
	p->encrypted = true;
	(void)snprintf(p->tls, sizeof(p->tls), "%s", tls);
}

void tlspolicy_set_user(struct tlspolicy *p, const char *user)
{
	(void)snprintf(p->user, sizeof(p->user), "%s",
	               username_is_valid(user) ? user : "");
}

void tlspolicy_expose(struct tlspolicy *p)
{
	*p = (struct tlspolicy){.tls = "no"};
}

const char *tlspolicy_word(const struct tlspolicy *p, const struct options *o,
                           const struct client *client)
{
	return !p->encrypted && o->require_tls == REQUIRE_TLS_REMOTE &&
	                       !client_is_near(client, NULL) &&
	                       client_is_near(client, o->trusted_networks)
	               ? "no/trusted"
	               : p->tls;
}

const char *tlspolicy_problem(const struct tlspolicy *p,
                              const struct options *o,
                              const struct client *client)
{
	if (p->encrypted || o->require_tls == REQUIRE_TLS_NEVER ||
	    (o->require_tls == REQUIRE_TLS_REMOTE &&
	     client_is_near(client, o->trusted_networks)))
		return NULL;
	return o->tls == TLS_STLS
	               ? "plaintext passwords are not accepted here; "
	                 "use STLS first"
	               : "plaintext passwords are not accepted here; "
	                 "ask the administrator how to use TLS";
}

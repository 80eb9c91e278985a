/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/log.h"
#include "config/cidr.h"
#include "net/client.h"

union socket_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static struct endpoint to_endpoint(const union socket_address *a)
{
	struct endpoint e = {.kind = ENDPOINT_INET};

	if (a->any.sa_family == AF_INET6) {
		address_from_v6(&e.address, &a->v6.sin6_addr);
		e.port = ntohs(a->v6.sin6_port);
	} else if (a->any.sa_family == AF_INET) {
		address_from_v4(&e.address, &a->v4.sin_addr);
		e.port = ntohs(a->v4.sin_port);
	} else {
		e.kind = a->any.sa_family == AF_UNIX ? ENDPOINT_UNIX
		                                     : ENDPOINT_NONE;
	}
	return e;
}

static void write_endpoint(const struct endpoint *e,
                           char text[static INET6_ADDRSTRLEN])
{
	if (e->kind == ENDPOINT_INET)
		address_write(&e->address, text);
	else
		(void)snprintf(text, INET6_ADDRSTRLEN, "%s",
		               e->kind == ENDPOINT_UNKNOWN ? "unknown"
		                                           : "local");
}

void client_find(struct client *c, int connection)
{
	union socket_address a = {.any.sa_family = AF_UNSPEC};
	socklen_t n = sizeof(a);
	struct endpoint remote;

	(void)getsockname(connection, &a.any, &n);
	*c = (struct client){.local = to_endpoint(&a)};
	remote = c->local;
	if (remote.kind == ENDPOINT_INET) {
		n = sizeof(a);
		if (getpeername(connection, &a.any, &n) == 0)
			remote = to_endpoint(&a);
		else
			remote = (struct endpoint){.kind = ENDPOINT_UNKNOWN};
	}
	c->hop = remote;
	client_forward(c, &remote, &c->local);
	write_endpoint(&c->local, c->lip);
}

void client_forward(struct client *c, const struct endpoint *remote,
                    const struct endpoint *local)
{
	c->remote = *remote;
	write_endpoint(remote, c->rip);
	if (local->kind == ENDPOINT_NONE)
		return;
	c->local = *local;
	write_endpoint(local, c->lip);
}

static bool is_near(const struct endpoint *e, const char *networks)
{
	if (e->kind != ENDPOINT_INET)
		return e->kind != ENDPOINT_UNKNOWN;
	return address_is_loopback(&e->address) ||
	       (networks && cidr_has(networks, e));
}

bool client_is_near(const struct client *c, const char *networks)
{
	return is_near(&c->hop, networks) && is_near(&c->remote, networks);
}

void client_log(const struct client *c)
{
	log_field("rip", "%s", c->rip);
	log_field("rport", "%u", c->remote.port);
	log_field("lip", "%s", c->lip);
}

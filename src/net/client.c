#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/log.h"
#include "net/client.h"

union socket_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static void read_endpoint(struct endpoint *e, const union socket_address *a)
{
	if (a->any.sa_family == AF_INET6) {
		address_from_v6(&e->address, &a->v6.sin6_addr);
		e->port = ntohs(a->v6.sin6_port);
	} else {
		address_from_v4(&e->address, &a->v4.sin_addr);
		e->port = ntohs(a->v4.sin_port);
	}
}

static void set_remote(struct client *c, const struct endpoint *e)
{
	address_write(&e->address, c->rip);
	c->rport = e->port;
	c->local = c->local && address_is_loopback(&e->address);
}

static void set_local(struct client *c, const struct endpoint *e)
{
	address_write(&e->address, c->lip);
	c->lport = e->port;
}

static void set_unknown(struct client *c)
{
	(void)snprintf(c->rip, sizeof(c->rip), "unknown");
	c->rport = 0;
	c->local = false;
}

void client_find(struct client *c, int connection)
{
	union socket_address a = {.any.sa_family = AF_UNSPEC};
	socklen_t n = sizeof(a);
	struct endpoint e;

	*c = (struct client){.rip = "local", .lip = "local", .local = true};
	if (getsockname(connection, &a.any, &n) < 0 ||
	    (a.any.sa_family != AF_INET && a.any.sa_family != AF_INET6))
		return;
	read_endpoint(&e, &a);
	set_local(c, &e);
	n = sizeof(a);
	if (getpeername(connection, &a.any, &n) < 0) {
		set_unknown(c);
		return;
	}
	read_endpoint(&e, &a);
	set_remote(c, &e);
}

void client_forward(struct client *c, const struct endpoint *remote,
                    const struct endpoint *local)
{
	if (remote)
		set_remote(c, remote);
	else
		set_unknown(c);
	if (local)
		set_local(c, local);
}

void client_log(const struct client *c)
{
	log_field("rip", "%s", c->rip);
	log_field("rport", "%u", c->rport);
	log_field("lip", "%s", c->lip);
}

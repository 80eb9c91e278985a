#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "client.h"
#include "log.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Writes an IPv4 address; is it of this host only? */
static bool write_v4(const struct in_addr *a, char text[INET6_ADDRSTRLEN])
{
	(void)inet_ntop(AF_INET, a, text, INET6_ADDRSTRLEN);
	return ntohl(a->s_addr) >> 24 == IN_LOOPBACKNET;
}

/* The same for IPv6, which may have IPv4 in it (RFC 4291, 2.5.5.2). */
static bool write_v6(const struct in6_addr *a, char text[INET6_ADDRSTRLEN])
{
	struct in_addr v4;

	if (IN6_IS_ADDR_V4MAPPED(a)) {
		memcpy(&v4, &a->s6_addr[12], sizeof(v4));
		return write_v4(&v4, text);
	}
	(void)inet_ntop(AF_INET6, a, text, INET6_ADDRSTRLEN);
	return IN6_IS_ADDR_LOOPBACK(a);
}

static bool write_address(const union address *a, char text[INET6_ADDRSTRLEN],
                          unsigned int *port)
{
	if (a->any.sa_family == AF_INET6) {
		*port = ntohs(a->v6.sin6_port);
		return write_v6(&a->v6.sin6_addr, text);
	}
	*port = ntohs(a->v4.sin_port);
	return write_v4(&a->v4.sin_addr, text);
}

void client_find(struct client *c, int connection)
{
	union address a = {.any.sa_family = AF_UNSPEC};
	socklen_t n = sizeof(a);

	*c = (struct client){.rip = "local", .lip = "local", .local = true};
	if (getsockname(connection, &a.any, &n) < 0 ||
	    (a.any.sa_family != AF_INET && a.any.sa_family != AF_INET6))
		return;
	(void)write_address(&a, c->lip, &c->lport);
	n = sizeof(a);
	if (getpeername(connection, &a.any, &n) < 0) {
		(void)snprintf(c->rip, sizeof(c->rip), "unknown");
		c->local = false;
		return;
	}
	c->local = write_address(&a, c->rip, &c->rport);
}

void client_log(const struct client *c)
{
	log_field("rip", "%s", c->rip);
	log_field("rport", "%u", c->rport);
	log_field("lip", "%s", c->lip);
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "config/cidr.h"
#include "config/options.h"
#include "net/client.h"
#include "net/clientsource.h"
#include "net/dn.h"
#include "net/proxy.h"
#include "net/tlspolicy.h"

#define OPTION "--client-address environment: "

/* How programs that accept connections for others name the client. */
struct variables {
	const char *rip, *rport, *lip, *lport; /* lip may be NULL, or unset */
};

static const struct variables programs[] = {
	{"REMOTE_HOST", "REMOTE_PORT", NULL, NULL},    /* stunnel */
	{"REMOTE_ADDR", "REMOTE_PORT", NULL, NULL},    /* systemd */
	{"TCPREMOTEIP", "TCPREMOTEPORT", "TCPLOCALIP", /* tcpserver, */
         "TCPLOCALPORT"},                              /* inetutils' inetd */
};

static const char *describe_variable(const char *name, const char *problem)
{
	static char text[128];

	(void)snprintf(text, sizeof(text), OPTION "%s %s", name, problem);
	return text;
}

/* Returns NULL, or the problem. */
static const char *read_endpoint(struct endpoint *e, const char *address,
                                 const char *port)
{
	const char *value;

	value = getenv(address);
	if (!value ||
	    address_parse_client(&e->address, address_family(value), value) < 0)
		return describe_variable(address, "is no numeric address");
	value = getenv(port);
	if (!value || address_parse_port(&e->port, value) < 0)
		return describe_variable(port, "is no port");
	e->kind = ENDPOINT_INET;
	return NULL;
}

/* Reads the variables of one program.  Returns NULL, or the problem. */
static const char *read_variables(struct clientsource *s,
                                  const struct variables *v)
{
	const struct endpoint before = s->remote;
	const char *problem;

	problem = read_endpoint(&s->remote, v->rip, v->rport);
	if (problem)
		return problem;
	if (before.kind == ENDPOINT_INET &&
	    (before.port != s->remote.port ||
	     memcmp(&before.address, &s->remote.address,
	            sizeof(before.address)) != 0))
		return describe_variable(v->rip,
		                         "contradicts another variable");
	if (!v->lip || !getenv(v->lip))
		return NULL;
	return read_endpoint(&s->local, v->lip, v->lport);
}

/* stunnel sets SSL_CLIENT_DN only for a certificate that it has verified. */
static void read_certificate_user(struct clientsource *s)
{
	static const char *const keys[] = {[TLS_USER_NONE] = NULL,
	                                   [TLS_USER_CN] = "CN",
	                                   [TLS_USER_EMAIL] = "emailAddress"};
	const char *key = keys[s->options->tls_client_user];
	const char *dn = getenv("SSL_CLIENT_DN");

	if (!key || !dn || s->options->tls != TLS_EXTERNAL ||
	    dn_find(dn, key, s->user, sizeof(s->user)) < 0)
		*s->user = '\0';
}

void clientsource_start(struct clientsource *s, const struct options *o)
{
	size_t i;

	*s = (struct clientsource){.options = o};
	if (o->client_address != CLIENT_ENVIRONMENT)
		return;
	for (i = 0; i < sizeof(programs) / sizeof(programs[0]) && !s->problem;
	     i++)
		if (getenv(programs[i].rip))
			s->problem = read_variables(s, &programs[i]);
	if (!s->problem && s->remote.kind == ENDPOINT_NONE)
		s->problem = OPTION "there is no client's address";
	read_certificate_user(s);
}

const char *clientsource_problem(const struct clientsource *s,
                                 const struct client *peer)
{
	const struct options *o = s->options;

	if (s->problem || o->client_address != CLIENT_PROXY ||
	    o->tls_client_user == TLS_USER_NONE || o->proxy_from ||
	    peer->remote.kind != ENDPOINT_INET ||
	    !cidr_has(OPTIONS_PROXY_FROM, &peer->remote))
		return s->problem;
	return "--tls-client-user: set --proxy-from to the proxy's address: "
	       "by default it has the loopback, where any user of this host "
	       "could send a header with any certificate's name";
}

static bool refuse_peer(const struct client *c, const char *detail)
{
	log_begin(LOG_SESSION_REFUSED);
	client_log(c);
	log_field("reason", "proxy");
	log_quoted("detail", detail);
	log_end();
	return false;
}

/*
 * Waits for octets, and copies them without taking them off the connection.
 * Returns their number, 0 at its end, or -1 with errno.
 */
static ssize_t peek_octets(int fd, deadline_t until, void *octets, size_t n)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int ready;

	do
		ready = poll(&p, 1, deadline_left(until));
	while (ready < 0 && errno == EINTR);
	if (ready == 0)
		errno = ETIMEDOUT;
	return ready > 0 ? recv(fd, octets, n, MSG_PEEK) : -1;
}

/* Refuses a peer that sent only n octets of a header.  Returns false. */
static bool refuse_cut_header(const struct client *c, ssize_t got, size_t n)
{
	const bool hung_up = got == 0 || errno == ECONNRESET;

	if (hung_up && n == 0)
		return false; /* it only tried whether the port is open */
	if (hung_up)
		return refuse_peer(c, "the connection ended in the header");
	return refuse_peer(c, errno == ETIMEDOUT ? "no whole header in time"
	                                         : strerror(errno));
}

/*
 * Takes the header off the connection.  Octets are peeked at first, and taken
 * only as far as they belong to the header.
 */
static bool receive_header(struct proxy *proxy, int fd, deadline_t until,
                           const struct client *c)
{
	static char octets[PROXY_MAX];
	const char *problem = NULL;
	enum proxy_status status;
	size_t n = 0, length;
	ssize_t got;

	do {
		got = peek_octets(fd, until, octets + n, sizeof(octets) - n);
		if (got <= 0)
			return refuse_cut_header(c, got, n);
		length = n + (size_t)got;
		status = proxy_parse(proxy, octets, length, &length, &problem);
		if (status == PROXY_BAD)
			return refuse_peer(c, problem);
		got = recv(fd, octets + n, length - n, 0);
		if (got != (ssize_t)(length - n))
			return refuse_cut_header(c, got, n);
		n = length;
	} while (status == PROXY_MORE);
	return true;
}

static bool apply_header(const struct options *o, int fd, deadline_t until,
                         struct client *c, struct tlspolicy *policy)
{
	struct proxy proxy;

	if (c->remote.kind == ENDPOINT_UNKNOWN)
		return false; /* it has hung up */
	if (!cidr_has(o->proxy_from ? o->proxy_from : OPTIONS_PROXY_FROM,
	              &c->remote))
		return refuse_peer(c, "not from an address in --proxy-from");
	if (!receive_header(&proxy, fd, until, c))
		return false;
	if (proxy.source.kind != ENDPOINT_NONE)
		client_forward(c, &proxy.source, &proxy.destination);
	if (!proxy.tls_told)
		return true; /* --tls says it */
	if (proxy.tls)
		tlspolicy_encrypt(policy, *proxy.tls_version ? proxy.tls_version
		                                             : "external");
	else
		tlspolicy_expose(policy);
	if (proxy.certified && o->tls_client_user == TLS_USER_CN)
		tlspolicy_set_user(policy, proxy.common_name);
	return true;
}

bool clientsource_find(const struct clientsource *s, int connection,
                       deadline_t until, struct client *c,
                       struct tlspolicy *policy)
{
	switch (s->options->client_address) {
	case CLIENT_PROXY:
		return apply_header(s->options, connection, until, c, policy);
	case CLIENT_ENVIRONMENT:
		client_forward(c, &s->remote, &s->local);
		tlspolicy_set_user(policy, s->user);
		return true;
	default:
		return true;
	}
}

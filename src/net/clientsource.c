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

#define ASKED "--client-address environment: "

/* What programs that start others for a connection call the client. */
struct variables {
	const char *rip, *rport, *lip, *lport; /* lip: NULL, or it may be set */
};

static const struct variables programs[] = {
	{"REMOTE_HOST", "REMOTE_PORT", NULL, NULL},    /* stunnel */
	{"REMOTE_ADDR", "REMOTE_PORT", NULL, NULL},    /* systemd */
	{"TCPREMOTEIP", "TCPREMOTEPORT", "TCPLOCALIP", /* tcpserver, */
         "TCPLOCALPORT"},                              /* inetutils' inetd */
};

static const char *complain(const char *variable, const char *about)
{
	static char wrong[128];

	(void)snprintf(wrong, sizeof(wrong), ASKED "%s %s", variable, about);
	return wrong;
}

static const char *get_endpoint(struct endpoint *e, const char *address,
                                const char *port)
{
	const char *value;

	value = getenv(address);
	if (!value ||
	    address_parse_client(&e->address, address_family(value), value) < 0)
		return complain(address, "is no numeric address");
	value = getenv(port);
	if (!value || address_parse_port(&e->port, value) < 0)
		return complain(port, "is no port");
	e->kind = ENDPOINT_INET;
	return NULL;
}

static bool same(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port &&
	       memcmp(&a->address, &b->address, sizeof(a->address)) == 0;
}

/* Reads what one of the programs has set; two must not contradict. */
static const char *read_variables(struct clientsource *f,
                                  const struct variables *v, bool first)
{
	struct endpoint remote;
	const char *wrong;

	wrong = get_endpoint(&remote, v->rip, v->rport);
	if (wrong)
		return wrong;
	if (!first && !same(&remote, &f->remote))
		return complain(v->rip, "contradicts another variable");
	f->remote = remote;
	if (!v->lip || !getenv(v->lip))
		return NULL;
	return get_endpoint(&f->local, v->lip, v->lport);
}

/* stunnel sets the name of a certificate that it has found good. */
static void find_user(struct clientsource *f, const struct options *o)
{
	static const char *const keys[] = {[TLS_USER_NONE] = NULL,
	                                   [TLS_USER_CN] = "CN",
	                                   [TLS_USER_EMAIL] = "emailAddress"};
	const char *key = keys[o->tls_client_user], *dn;

	dn = getenv("SSL_CLIENT_DN");
	if (!key || !dn || o->tls != TLS_EXTERNAL ||
	    dn_find(dn, key, f->user, sizeof(f->user)) < 0)
		*f->user = '\0';
}

void clientsource_start(struct clientsource *f, const struct options *o)
{
	bool first = true;
	size_t i;

	*f = (struct clientsource){.options = o};
	if (o->client_address != CLIENT_ENVIRONMENT)
		return;
	for (i = 0; i < sizeof(programs) / sizeof(programs[0]) && !f->wrong;
	     i++) {
		if (!getenv(programs[i].rip))
			continue;
		f->wrong = read_variables(f, &programs[i], first);
		first = false;
	}
	if (first)
		f->wrong = ASKED "there is no client's address";
	find_user(f, o);
}

static const char *get_proxies(const struct options *o)
{
	return o->proxy_from ? o->proxy_from : OPTIONS_PROXY_FROM;
}

const char *clientsource_wrong(const struct clientsource *f,
                               const struct client *peer)
{
	const struct options *o = f->options;

	if (f->wrong || o->client_address != CLIENT_PROXY ||
	    o->tls_client_user == TLS_USER_NONE || o->proxy_from ||
	    peer->remote.kind != ENDPOINT_INET ||
	    !cidr_has(OPTIONS_PROXY_FROM, &peer->remote))
		return f->wrong;
	return "--tls-client-user: set --proxy-from to the proxy's address: "
	       "by default it has the loopback, where any user of this host "
	       "could send a header with any certificate's name";
}

static bool refuse(const struct client *c, const char *detail)
{
	log_begin(LOG_SESSION_REFUSED);
	client_log(c);
	log_field("reason", "proxy");
	log_quoted("detail", detail);
	log_end();
	return false;
}

/* Waits for octets.  Returns how many there are, without taking them; or -1. */
static ssize_t look(int fd, deadline_t until, void *octets, size_t n)
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

/* Nothing was said by one that only wanted to see if the port is open. */
static bool hung_up(const struct client *c, ssize_t got, size_t n)
{
	if (n == 0 && (got == 0 || errno == ECONNRESET))
		return false;
	if (got == 0 || errno == ECONNRESET)
		return refuse(c, "the connection ended in the header");
	return refuse(c, errno == ETIMEDOUT ? "no whole header in time"
	                                    : strerror(errno));
}

/*
 * Takes the header off the connection.  What was looked at is taken only as
 * far as it belongs to the header.
 */
static bool read_header(struct proxy *proxy, int fd, deadline_t until,
                        const struct client *c)
{
	static char octets[PROXY_MAX];
	enum proxy_status status;
	const char *wrong = NULL;
	size_t n = 0, length;
	ssize_t got;

	do {
		got = look(fd, until, octets + n, sizeof(octets) - n);
		if (got <= 0)
			return hung_up(c, got, n);
		length = n + (size_t)got;
		status = proxy_parse(proxy, octets, length, &length, &wrong);
		if (status == PROXY_BAD)
			return refuse(c, wrong);
		got = recv(fd, octets + n, length - n, 0);
		if (got != (ssize_t)(length - n))
			return hung_up(c, got, n);
		n = length;
	} while (status == PROXY_MORE);
	return true;
}

/* A proxy that says nothing of TLS leaves it to --tls. */
static void take_tls(const struct proxy *proxy, const struct options *o,
                     struct tlspolicy *ch)
{
	if (!proxy->tls_told)
		return;
	if (proxy->tls)
		tlspolicy_encrypt(ch, *proxy->tls_version ? proxy->tls_version
		                                          : "external");
	else
		tlspolicy_expose(ch);
	if (proxy->certified && o->tls_client_user == TLS_USER_CN)
		tlspolicy_set_user(ch, proxy->common_name);
}

static bool take_header(const struct options *o, int fd, deadline_t until,
                        struct client *c, struct tlspolicy *ch)
{
	struct proxy proxy;

	if (c->remote.kind == ENDPOINT_UNKNOWN)
		return false; /* it has hung up */
	if (!cidr_has(get_proxies(o), &c->remote))
		return refuse(c, "not from an address in --proxy-from");
	if (!read_header(&proxy, fd, until, c))
		return false;
	if (proxy.source.kind != ENDPOINT_NONE)
		client_forward(c, &proxy.source, &proxy.destination);
	take_tls(&proxy, o, ch);
	return true;
}

bool clientsource_find(const struct clientsource *f, int connection,
                       deadline_t until, struct client *c, struct tlspolicy *ch)
{
	switch (f->options->client_address) {
	case CLIENT_PROXY:
		return take_header(f->options, connection, until, c, ch);
	case CLIENT_ENVIRONMENT:
		client_forward(c, &f->remote, &f->local);
		tlspolicy_set_user(ch, f->user);
		return true;
	default:
		return true;
	}
}

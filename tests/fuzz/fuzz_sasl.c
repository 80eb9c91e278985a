/* SPDX-License-Identifier: ISC */
/*
 * AUTH's exchanges: the user and the password they yield are what the client
 * sent in base64.  Input: the command's arguments, a line; the client's other
 * lines.
 *
 * Wraps: recv send poll getsockopt shutdown
 */
#include "fuzz.h"

#include <errno.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/base64.h"
#include "pop3/sasl.h"

#define USER "alice" /* of the client's certificate */

static const struct options options = {.require_tls = REQUIRE_TLS_NEVER};
static struct session session = {.options = &options, .tlspolicy.user = USER};
static struct fuzz_input client;
static char sent[1 << 16];
static size_t sent_n;

ssize_t __wrap_recv(int fd, void *buf, size_t n, int flags);
ssize_t __wrap_send(int fd, const void *buf, size_t n, int flags);
int __wrap_poll(struct pollfd *p, nfds_t n, int timeout);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *n);
int __wrap_shutdown(int fd, int how);

ssize_t __wrap_recv(int fd, void *buf, size_t n, int flags)
{
	(void)fd;
	(void)flags;
	n = n < client.n ? n : client.n;
	if (n)
		memcpy(buf, client.p, n);
	client.p += n;
	client.n -= n;
	return (ssize_t)n;
}

ssize_t __wrap_send(int fd, const void *buf, size_t n, int flags)
{
	(void)fd;
	(void)flags;
	FUZZ_CHECK(n < sizeof(sent) - sent_n);
	memcpy(sent + sent_n, buf, n);
	sent_n += n;
	return (ssize_t)n;
}

int __wrap_poll(struct pollfd *p, nfds_t n, int timeout)
{
	(void)n;
	(void)timeout;
	p->revents = p->events;
	return 1;
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *n)
{
	(void)fd;
	(void)level;
	(void)name;
	(void)value;
	(void)n;
	return 0;
}

int __wrap_shutdown(int fd, int how)
{
	(void)fd;
	(void)how;
	return 0;
}

/* Does a word of the client decode to these n octets? */
static bool was_sent(const char *octets, size_t n, const char *lines)
{
	static char word[SASL_OCTETS], out[SASL_OCTETS];
	size_t k;

	for (; n > 0 && *(lines += strspn(lines, "\r\n ")); lines += k) {
		k = strcspn(lines, "\r\n ");
		if (k >= sizeof(word))
			continue;
		memcpy(word, lines, k);
		word[k] = '\0';
		if (base64_decode(word, out, sizeof(out)) == (ssize_t)n &&
		    memcmp(out, octets, n) == 0)
			return true;
	}
	return n == 0;
}

/* Is this a string's end in the buffer? */
static void check_string(const struct sasl_credentials *c, const char *s)
{
	size_t at = (size_t)(s - c->buf);

	FUZZ_CHECK(at < sizeof(c->buf));
	FUZZ_CHECK(memchr(s, '\0', sizeof(c->buf) - at));
}

/* The user is the certificate's, unless the client names another. */
static void check_external(const struct sasl_credentials *c, const char *lines)
{
	bool wants = c->buf[0] != '\0';

	FUZZ_CHECK(c->password == NULL);
	FUZZ_CHECK(strcmp(c->user,
	                  wants && strcmp(c->buf, USER) != 0 ? "" : USER) == 0);
	FUZZ_CHECK(was_sent(c->buf, strlen(c->buf), lines));
}

static void check(const struct sasl_credentials *c, const char *lines)
{
	const char *end;

	FUZZ_CHECK(sent_n == 0 || memcmp(sent, "+ ", 2) == 0);
	if (strcmp(c->method, "external") == 0) {
		check_external(c, lines);
		return;
	}
	if (*c->user) /* otherwise it may be a constant */
		check_string(c, c->user);
	check_string(c, c->password);
	if (strcmp(c->method, "plain") == 0) {
		end = c->password + strlen(c->password);
		FUZZ_CHECK(was_sent(c->buf, (size_t)(end - c->buf), lines));
		return;
	}
	FUZZ_CHECK(strcmp(c->method, "login") == 0);
	FUZZ_CHECK(was_sent(c->user, strlen(c->user), lines));
	FUZZ_CHECK(was_sent(c->password, strlen(c->password), lines));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sasl_credentials credentials;
	struct fuzz_input in = {data, size}, all = in;
	char *rest = fuzz_string(&in, '\n'), *lines = malloc(size + 1);
	struct command c = {.rest = rest};
	enum sasl_result result;
	size_t i;

	FUZZ_CHECK(lines);
	for (i = 0; i < size; i++)
		lines[i] = all.p[i] ? (char)all.p[i] : '\n';
	lines[size] = '\0';
	client = in;
	sent_n = 0;
	stream_init(&session.stream, 0, 0, 600);
	command_split(&c);
	if (c.argc > 0 && c.argc <= COMMAND_ARGS) {
		result = sasl_exchange(&session, &c, &credentials);
		stream_flush(&session.stream);
		if (result == SASL_OK)
			check(&credentials, lines);
		else
			FUZZ_CHECK(session.stream.status != STREAM_OK ||
			           memmem(sent, sent_n, "-ERR ", 5));
	}
	free(lines);
	free(rest);
	return 0;
}

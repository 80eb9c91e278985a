/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <curl/curl.h>

#include "adopt/curl.h"

#include "base/deadline.h"

struct curl_connection {
	CURL *curl;
	curl_socket_t fd;
};

/*
 * CURLOPT_CONNECT_ONLY ends after the greeting, CAPA and STLS if there is no
 * user.  libcurl does not log in: it would take the timestamp of a greeting
 * for an offer of APOP, which many servers do not mean.
 */
static CURLcode set_options(CURL *curl, const char *url, int seconds,
                            char *problem)
{
	const bool tls = strncmp(url, "pop3s:", 6) == 0;
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{CURLOPT_CONNECT_ONLY, 1},
		{CURLOPT_NOSIGNAL, 1},
		{CURLOPT_TIMEOUT, seconds},
		{CURLOPT_USE_SSL, tls ? CURLUSESSL_ALL : CURLUSESSL_TRY},
		{CURLOPT_SSL_VERIFYPEER, tls},
		{CURLOPT_SSL_VERIFYHOST, tls ? 2 : 0},
	};
	CURLcode code;
	size_t i;

	code = curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, problem);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_URL, url);
	/* Not what the environment says. */
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_PROXY, "");
	for (i = 0; code == CURLE_OK && i < sizeof(numbers) / sizeof(*numbers);
	     i++)
		code = curl_easy_setopt(curl, numbers[i].option,
		                        numbers[i].value);
	return code;
}

/* Appends an address of the host to the entry, which has room for n octets. */
static size_t write_address(char *to, size_t n, const struct addrinfo *a)
{
	const bool v6 = a->ai_family == AF_INET6;
	char text[NI_MAXHOST];

	if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof(text), NULL, 0,
	                NI_NUMERICHOST) != 0 ||
	    strlen(text) + 4 > n)
		return 0;
	return (size_t)snprintf(to, n, v6 ? "[%s]," : "%s,", text);
}

/*
 * Asks the name service, which libcurl would do in a thread: libcurl 8 needs
 * calls for that which the sandbox does not allow.  Returns 0, or an error of
 * getaddrinfo(3).
 */
static int find_host(const char *url, struct curl_slist **ret)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	const char *const at = strstr(url, "//") + 2;
	const size_t n = strcspn(at, ":");
	char host[NI_MAXHOST], entry[4096];
	struct addrinfo *found, *a;
	const char *port;
	size_t k;
	int status;

	if (*at == '[')
		return 0; /* an address, which needs no look-up */
	port = at[n] ? at + n + 1 : strncmp(url, "pop3:", 5) ? "995" : "110";
	(void)snprintf(host, sizeof(host), "%.*s", (int)n, at);
	status = getaddrinfo(host, NULL, &hints, &found);
	if (status != 0)
		return status;
	k = (size_t)snprintf(entry, sizeof(entry), "%s:%s:", host, port);
	for (a = found; a; a = a->ai_next)
		k += write_address(entry + k, sizeof(entry) - k, a);
	freeaddrinfo(found);
	entry[k - 1] = '\0'; /* the comma behind the last */
	*ret = curl_slist_append(NULL, entry);
	return *ret ? 0 : EAI_MEMORY;
}

static CURLcode connect_curl(struct curl_connection *c, const char *url,
                             int seconds, char *problem)
{
	CURLcode code = set_options(c->curl, url, seconds, problem);
	struct curl_slist *hosts = NULL;
	int status;

	status = find_host(url, &hosts);
	if (status != 0) {
		(void)snprintf(problem, CURL_ERROR_SIZE, "%s",
		               gai_strerror(status));
		return CURLE_COULDNT_RESOLVE_HOST;
	}
	if (code == CURLE_OK)
		code = curl_easy_setopt(c->curl, CURLOPT_RESOLVE, hosts);
	if (code == CURLE_OK)
		code = curl_easy_perform(c->curl);
	if (code == CURLE_OK)
		code = curl_easy_getinfo(c->curl, CURLINFO_ACTIVESOCKET,
		                         &c->fd);
	/* libcurl keeps the addresses. */
	(void)curl_easy_setopt(c->curl, CURLOPT_RESOLVE, NULL);
	curl_slist_free_all(hosts);
	(void)curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, NULL);
	return code;
}

static struct curl_connection *open_connection(const char *url, int seconds,
                                               char *problem, size_t size)
{
	struct curl_connection *c = calloc(1, sizeof(*c));
	char text[CURL_ERROR_SIZE] = "";
	CURLcode code = CURLE_OUT_OF_MEMORY;

	if (c)
		c->curl = curl_easy_init();
	if (c && c->curl)
		code = connect_curl(c, url, seconds, text);
	if (code == CURLE_OK)
		return c;
	(void)snprintf(problem, size, "%s",
	               *text ? text : curl_easy_strerror(code));
	if (c)
		curl_easy_cleanup(c->curl);
	free(c);
	return NULL;
}

/* Returns 0, or -1 with errno. */
static int wait_for(struct curl_connection *c, short events, deadline_t until)
{
	struct pollfd p = {c->fd, events, 0};
	const int n = poll(&p, 1, deadline_left(until));

	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0 || (n < 0 && errno == EINTR) ? 0 : -1;
}

/* Returns what read_some and write_some do with libcurl's answer. */
static ssize_t tell(CURLcode code, size_t n)
{
	if (code == CURLE_OK)
		return (ssize_t)n;
	errno = ECONNRESET;
	return code == CURLE_GOT_NOTHING ? 0 : -1;
}

static ssize_t read_some(struct curl_connection *c, void *buf, size_t n,
                         int seconds)
{
	const deadline_t until = deadline_in(seconds);
	size_t done = 0;
	CURLcode code;

	/* There may be octets that TLS has read already. */
	while ((code = curl_easy_recv(c->curl, buf, n, &done)) == CURLE_AGAIN)
		if (wait_for(c, POLLIN, until) < 0)
			return -1;
	return tell(code, done);
}

static ssize_t write_some(struct curl_connection *c, const void *buf, size_t n,
                          int seconds)
{
	const deadline_t until = deadline_in(seconds);
	size_t done = 0;
	CURLcode code;

	while ((code = curl_easy_send(c->curl, buf, n, &done)) == CURLE_AGAIN)
		if (wait_for(c, POLLOUT, until) < 0)
			return -1;
	return tell(code, done);
}

const struct curl_module curl_module = {
	.open = open_connection,
	.read = read_some,
	.write = write_some,
};

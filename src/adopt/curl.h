/* SPDX-License-Identifier: ISC */
/*
 * A connection to a POP3 server, as its client: the contract between
 * onepop-curl.so, which is linked with libcurl (curl.c), and its caller.  The
 * rest of onepopctl starts without libcurl.
 *
 * libcurl finds the host, connects, and reads the greeting.  With pop3s:// the
 * connection is encrypted from the start, and the server's certificate must be
 * one that this host trusts, for that name.  With pop3:// it is encrypted by
 * STLS if the server offers that, whatever its certificate says: somebody who
 * could show another one could also hide the offer.
 */
#ifndef ONEPOP_CURL_H
#define ONEPOP_CURL_H

#include <stddef.h>
#include <sys/types.h>

struct curl_connection;

/* The module exports one of these. */
struct curl_module {
	/*
	 * Connects to a URL that oldserver_url_problem has nothing against, in
	 * at most so many seconds.  The server has greeted then, and waits for
	 * USER.  The connection is closed when the process ends.  Returns NULL
	 * with the problem in words, which may be the server's, in problem.
	 */
	struct curl_connection *(*open)(const char *url, int seconds,
	                                char *problem, size_t size);

	/*
	 * Read and write up to n octets, and wait for that at most so many
	 * seconds.  Return the octets; 0 if the server has closed the
	 * connection; or -1 with errno, ETIMEDOUT after that time.
	 */
	ssize_t (*read)(struct curl_connection *c, void *buf, size_t n,
	                int seconds);
	ssize_t (*write)(struct curl_connection *c, const void *buf, size_t n,
	                 int seconds);
};

#define CURL_MODULE "onepop-curl.so"
#define CURL_SYMBOL "curl_module"

extern const struct curl_module curl_module;

#endif

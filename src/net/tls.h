/*
 * TLS 1.2 and 1.3, the server's side, and the module onepop-tls.so that
 * speaks it (tls.c, linked with OpenSSL): a carrier of stream.h over its
 * caller's connection.  It reads its files at once, and makes no system calls
 * later but for memory, chance and its own number, so that it works in a
 * session that is closed in.  The private key is forgotten when the handshake
 * is over, or by forget.
 *
 * Ciphers and groups are those of OpenSSL and of the system's settings for it
 * (openssl.cnf); where these choose no ciphers, TLS 1.2 goes without CBC.  The
 * server's order of the ciphers counts.  Off are renegotiation, compression,
 * session tickets and their cache: nothing of a session can be used in another.
 */
#ifndef ONEPOP_TLS_H
#define ONEPOP_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/stream.h"

#define TLS_NAME 256 /* octets of a name, with its NUL */

/* PEM files, of at most TEXTFILE_MAX octets but for client_ca. */
struct tls_files {
	const char *cert;      /* and those that lead to a known authority */
	const char *key;       /* without a passphrase; NULL: in cert */
	const char *client_ca; /* who vouches for clients; NULL: none is asked
	                          for a certificate */
};

/* When the certificates hold, in seconds from now. */
struct tls_validity {
	int64_t begins, ends;
};

/* How octets come and go: stream_wire_get and stream_wire_put. */
struct tls_wire {
	ssize_t (*get)(void *connection, void *buf, size_t n);
	ssize_t (*put)(void *connection, const void *buf, size_t n);
	void *connection;
};

struct tls;

/* What the module exports. */
struct tls_module {
	/*
	 * Reads the files.  Returns NULL with the file, and what is wrong
	 * with it, in why.  The wire is used from begin on.
	 */
	struct tls *(*load)(const struct tls_files *files,
	                    const struct tls_wire *wire,
	                    struct tls_validity *ret, char *why, size_t size);

	struct stream_carrier carrier; /* whose context is a struct tls */

	/* In place of begin: the private key is not needed. */
	void (*forget)(struct tls *t);

	/* After begin: "TLSv1.3". */
	const char *(*version)(const struct tls *t);

	/*
	 * Copies the user's name from the client's certificate: the rfc822Name
	 * among its subjectAltNames if email is true, else its subject's
	 * commonName.  Copies "" if there is no certificate, no name of that
	 * kind or more than one, or a NUL in the name.
	 */
	void (*user)(const struct tls *t, bool email,
	             char ret[static TLS_NAME]);

	/* What failed in begin; NULL where no octet had come by then. */
	const char *(*error)(const struct tls *t);
};

#define TLS_MODULE "onepop-tls.so"
#define TLS_SYMBOL "tls_module"

extern const struct tls_module tls_module;

#endif

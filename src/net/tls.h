/* SPDX-License-Identifier: ISC */
/*
 * TLS 1.2 and 1.3, the server's side: the contract between onepop-tls.so, which
 * is linked with OpenSSL (tls.c), and its caller.  The module is a carrier of
 * stream.h.  It reads all of its files when it is loaded; then it needs only
 * mmap, brk, getrandom and getpid, which the sandbox allows.  The private key
 * is wiped after the handshake, or by forget.
 *
 * Ciphers and groups are the system's choice (openssl.cnf) or OpenSSL's; if
 * openssl.cnf chooses no ciphers, TLS 1.2 is used without CBC.  The server's
 * order of ciphers counts.  Renegotiation, compression, session tickets and
 * the session cache are off: nothing of a session can be used in another.
 */
#ifndef ONEPOP_TLS_H
#define ONEPOP_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/stream.h"

#define TLS_NAME 256 /* octets of a name in a certificate, with its NUL */

/* PEM files.  All but client_ca have at most TEXTFILE_MAX octets. */
struct tls_files {
	const char *cert;      /* and its chain to a known authority */
	const char *key;       /* without a passphrase; NULL: it is in cert */
	const char *client_ca; /* authorities for client certificates; NULL:
	                          none is asked for */
};

/* When the server's certificates are valid, in seconds from now. */
struct tls_validity {
	int64_t begins, ends;
};

/* The connection: stream_wire_read and stream_wire_write. */
struct tls_wire {
	ssize_t (*read)(void *connection, void *buf, size_t n);
	ssize_t (*write)(void *connection, const void *buf, size_t n);
	void *connection;
};

struct tls;

/* The module exports one of these. */
struct tls_module {
	/*
	 * Reads the files.  Returns NULL with the file and the problem in
	 * words in problem.  The wire is not used before begin.
	 */
	struct tls *(*load)(const struct tls_files *files,
	                    const struct tls_wire *wire,
	                    struct tls_validity *ret, char *problem,
	                    size_t size);

	struct stream_carrier carrier; /* its context is a struct tls */

	/* Wipes the private key if begin will not be called. */
	void (*forget)(struct tls *t);

	/* Returns the version after begin, such as "TLSv1.3". */
	const char *(*version)(const struct tls *t);

	/*
	 * Copies the user's name from the client certificate: the rfc822Name
	 * among its subjectAltNames if email is true, else its subject's
	 * commonName.  Copies "" if there is no certificate, no name of that
	 * kind or more than one, or a NUL in the name.
	 */
	void (*user)(const struct tls *t, bool email,
	             char ret[static TLS_NAME]);

	/*
	 * Returns the problem that ended begin, in words; or NULL if the
	 * client sent nothing.
	 */
	const char *(*problem)(const struct tls *t);
};

#define TLS_MODULE "onepop-tls.so"
#define TLS_SYMBOL "tls_module"

extern const struct tls_module tls_module;

#endif

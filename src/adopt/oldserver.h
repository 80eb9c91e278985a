/* SPDX-License-Identifier: ISC */
/*
 * The client's side of POP3 (RFC 1939): asks an old server for the unique-id
 * and the header of each message of a user.
 *
 * The server is a stranger: each of its lines and answers is bounded, and
 * nothing of it is believed that a real one would not say.  The caller bounds
 * the time of a read and of the whole.
 */
#ifndef ONEPOP_OLDSERVER_H
#define ONEPOP_OLDSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "adopt/headerkey.h"

#define OLDSERVER_PROBLEM 256  /* octets of a problem in words, with its NUL */
#define OLDSERVER_NAME    256  /* of a name at the server, with its NUL */
#define OLDSERVER_SECRET  1024 /* of a password, with its NUL */

/* What each login needs; texts without control characters. */
struct oldserver_login {
	char user[OLDSERVER_NAME];
	char password[OLDSERVER_SECRET];
};

/* The connection, after the greeting: as curl.h's read and write. */
struct oldserver_wire {
	ssize_t (*read)(void *connection, void *buf, size_t n);
	ssize_t (*write)(void *connection, const void *buf, size_t n);
	void *connection;
};

/*
 * Who is told of the messages, in the server's order: first all ids, then all
 * keys, of the kind HEADERKEY_HEADER.  An id of 0 octets stands for one that
 * RFC 1939 does not allow.  Both return 0, or -1 with errno to end it.
 */
struct oldserver_told {
	int (*id)(void *to, const char *id, size_t n);
	int (*key)(void *to, const struct headerkey *key);
	void *to;
};

enum oldserver_end {
	OLDSERVER_DONE,
	OLDSERVER_REFUSED, /* the login */
	OLDSERVER_FAILED
};

/*
 * Returns NULL, or what is wrong with a URL in words: it is pop3:// or
 * pop3s://, a host name or address, an address of IPv6 in brackets, and maybe a
 * colon and a port.
 */
const char *oldserver_url_problem(const char *url);

/* Does a password sent there stay on this host, or under verified TLS? */
bool oldserver_url_is_safe(const char *url);

/*
 * Logs in, asks, and quits.  The password is wiped when it has been sent.  If
 * it returns another value than OLDSERVER_DONE, problem says why in words,
 * which may be the server's: they are cut, printable ASCII, and about a login
 * never hold the password.
 */
enum oldserver_end oldserver_ask(const struct oldserver_wire *w,
                                 struct oldserver_login *login,
                                 const struct oldserver_told *told,
                                 char problem[static OLDSERVER_PROBLEM]);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * AUTH (RFC 5034): the mechanisms PLAIN (RFC 4616), LOGIN and EXTERNAL
 * (RFC 4422, appendix A).
 */
#ifndef ONEPOP_SASL_H
#define ONEPOP_SASL_H

#include "pop3/session.h"

#define SASL_OCTETS 12288 /* longest line of an exchange, with its CRLF */

enum sasl_result {
	SASL_OK,
	SASL_FAILED /* -ERR was sent, or the stream has ended */
};

/* The credentials that the client sent.  The strings are in buf. */
struct sasl_credentials {
	const char *method; /* for the log */
	const char *user;
	char *password; /* NULL: a client certificate identifies the user */
	char buf[SASL_OCTETS];
};

/* Returns how many mechanisms this connection may use. */
size_t sasl_count(const struct session *s);

/* Writes the names of these mechanisms, each between start and end. */
void sasl_mechanisms(struct session *s, const char *start, const char *end);

/* Replies to AUTH without an argument, as clients of RFC 1734 send it. */
void sasl_list(struct session *s);

/*
 * Serves an AUTH command with at least one argument: exchanges challenges and
 * responses until the client has sent its credentials.
 */
enum sasl_result sasl_exchange(struct session *s, const struct command *c,
                               struct sasl_credentials *ret);

#endif

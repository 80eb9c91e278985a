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
	SASL_FAILED /* replied, or the stream has ended */
};

/* What the client said; the strings live in buf. */
struct sasl_credentials {
	const char *method; /* for the log */
	const char *user;
	char *password; /* NULL: the channel says who it is */
	char buf[SASL_OCTETS];
};

/* How many mechanisms may this connection use? */
size_t sasl_count(const struct session *s);

/* Writes their names, each with start before it and end behind it. */
void sasl_mechanisms(struct session *s, const char *start, const char *end);

/* The answer to a bare AUTH (RFC 1734's clients ask so). */
void sasl_list(struct session *s);

/*
 * Holds the exchange that c, an AUTH command with at least one argument,
 * begins.
 */
enum sasl_result sasl_exchange(struct session *s, const struct command *c,
                               struct sasl_credentials *ret);

#endif

/*
 * TLS for the session's stream (tls.h): read before privileges go, begun by
 * STLS (RFC 2595) or, with --tls implicit, before the greeting.
 */
#ifndef ONEPOP_STLS_H
#define ONEPOP_STLS_H

#include <stdbool.h>

#include "pop3/session.h"

/*
 * Where --tls wants it: opens the module and reads certificate and key.
 * Returns false where that failed, which has been logged; a certificate that
 * does not hold now is only logged: clients decide.
 */
bool stls_load(struct session *s);

/* Could the client say STLS now? */
bool stls_possible(const struct session *s);

/*
 * Shakes hands, by the deadline for the login.  Returns false where there is
 * no TLS and s->reason tells why: nothing more may be sent.
 */
bool stls_begin(struct session *s);

/* TLS that has not begun cannot any more, and its key is out of memory. */
void stls_forget(struct session *s);

verb_fn serve_stls;

#endif

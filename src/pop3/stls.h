/* SPDX-License-Identifier: ISC */
/*
 * TLS for the session's stream (tls.h): loaded before the process gives up its
 * privileges, begun by STLS (RFC 2595) or, with --tls implicit, before the
 * greeting.
 */
#ifndef ONEPOP_STLS_H
#define ONEPOP_STLS_H

#include <stdbool.h>

#include "pop3/session.h"

/*
 * If --tls asks for it, opens the TLS module and reads certificate and key.
 * Returns false after it has logged why that failed.  A certificate that has
 * expired or is not valid yet is only logged: the client decides.
 */
bool stls_load(struct session *s);

/* May the client send STLS now? */
bool stls_possible(const struct session *s);

/*
 * Does the handshake, until the login's deadline.  Returns false if it failed,
 * with s->end and s->detail: nothing more may be sent.
 */
bool stls_begin(struct session *s);

/*
 * Wipes the private key if TLS is not active: from here on TLS cannot begin.
 * After a handshake the key has been wiped already.
 */
void stls_forget(struct session *s);

verb_fn serve_stls;

#endif

/* SPDX-License-Identifier: ISC */
/* The session's loop, from the greeting to the end. */
#ifndef ONEPOP_POP3_H
#define ONEPOP_POP3_H

#include "pop3/session.h"

/* Octets and commands a client may send before it has logged in. */
#define POP3_LOGIN_OCTETS   65536
#define POP3_LOGIN_COMMANDS 50

/*
 * Serves the client until the session ends, and logs that.  Returns an exit
 * status of sysexits.h.  The status is EX_OK if the client, the mailbox or
 * another program is at fault: a service manager then counts only onepop's own
 * failures.  If the client tried to log in several times, the status is that
 * of the last try.
 */
int pop3_serve(struct session *s);

#endif

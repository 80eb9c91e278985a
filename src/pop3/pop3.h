/* The session, from greeting to goodbye. */
#ifndef ONEPOP_POP3_H
#define ONEPOP_POP3_H

#include "pop3/session.h"

/* Octets and commands a client may send before it has logged in. */
#define POP3_LOGIN_OCTETS   65536
#define POP3_LOGIN_COMMANDS 50

/*
 * Serves the client.  Returns the exit status of sysexits.h: EX_OK also where
 * the client, the mailbox or another program is at fault, so that a service
 * manager counts only our own failures; of logins, which can be tried again,
 * the last one counts.
 */
int pop3_serve(struct session *s);

#endif

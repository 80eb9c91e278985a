/* A mailbox that fails: what is logged of it, and what the client is told. */
#ifndef ONEPOP_MAILBOXERROR_H
#define ONEPOP_MAILBOXERROR_H

#include <stdint.h>

#include "maildrop/maildrop.h"

struct session;

enum mailboxerror {
	MAILBOXERROR_LOGIN,
	MAILBOXERROR_MESSAGE, /* a command that needs a message of it */
	MAILBOXERROR_UPDATE
};

/*
 * Logs why; message is the number of the one that was wanted, or 0.  A fault
 * of the server's own state becomes the exit status; no fault does that a user
 * can bring about, by a quota that is full: systemd would count it.
 */
void mailboxerror_log(struct session *s, enum maildrop_status status,
                      uint32_t message);

/* The same, and replies -ERR. */
void mailboxerror_tell(struct session *s, enum mailboxerror occasion,
                       enum maildrop_status status, uint32_t message);

#endif

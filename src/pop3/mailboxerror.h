/* SPDX-License-Identifier: ISC */
/* A maildrop function has failed: what to log, and what to reply. */
#ifndef ONEPOP_MAILBOXERROR_H
#define ONEPOP_MAILBOXERROR_H

#include <stdint.h>

#include "maildrop/maildrop.h"

struct session;

/* When the maildrop function failed: each time has its own replies. */
enum mailboxerror {
	MAILBOXERROR_LOGIN,
	MAILBOXERROR_MESSAGE, /* in a command that names a message */
	MAILBOXERROR_UPDATE
};

/*
 * Logs the problem, with the message's number unless that is 0.  Sets the exit
 * status only for MAILDROP_STATE: systemd counts exits with a failure, and
 * users must not be able to cause one, for instance by a full quota.
 */
void mailboxerror_log(struct session *s, enum maildrop_status status,
                      uint32_t message);

/* Does the same, and replies -ERR. */
void mailboxerror_reply(struct session *s, enum mailboxerror when,
                        enum maildrop_status status, uint32_t message);

#endif

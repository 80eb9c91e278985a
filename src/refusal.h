/* A mailbox that fails: what is logged of it, and what the client is told. */
#ifndef ONEPOP_REFUSAL_H
#define ONEPOP_REFUSAL_H

#include <stdint.h>

#include "maildrop.h"

struct session;

enum refusal {
	REFUSAL_LOGIN,
	REFUSAL_MESSAGE, /* a command that needs a message of it */
	REFUSAL_UPDATE
};

/*
 * Logs why; message is the number of the one that was wanted, or 0.  A fault
 * that is ours, and not the mailbox's or another program's, becomes the exit
 * status.
 */
void refusal_log(struct session *s, enum maildrop_status status,
                 uint32_t message);

/* The same, and replies -ERR. */
void refusal_tell(struct session *s, enum refusal occasion,
                  enum maildrop_status status, uint32_t message);

#endif

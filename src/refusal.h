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

/* Logs why; message is the number of the one that was wanted, or 0. */
void refusal_log(const struct session *s, enum maildrop_status status,
                 uint32_t message);

/* The same, and replies -ERR. */
void refusal_tell(struct session *s, enum refusal occasion,
                  enum maildrop_status status, uint32_t message);

#endif

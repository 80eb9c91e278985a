/* All there is to know of the one session that this process serves. */
#ifndef ONEPOP_SESSION_H
#define ONEPOP_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/auth.h"
#include "config/options.h"
#include "maildrop/maildrop.h"
#include "net/client.h"
#include "net/stream.h"
#include "net/tlspolicy.h"
#include "pop3/command.h"

/* The states of RFC 1939, section 3.  UPDATE has no commands. */
enum state { AUTHORIZATION, TRANSACTION, UPDATE, CLOSED };

struct counts {
	uint32_t messages;
	uint64_t octets;
};

struct session {
	/* Who, and how we may be used */
	const struct options *options;
	struct client client;
	struct tlspolicy channel;
	struct stream stream;
	enum state state;
	const char *reason; /* why it ended, a word for the log; or NULL */
	const char *detail; /* more, in words, or NULL */
	int exit_status;    /* of sysexits.h: EX_OK, or a fault of ours */
	struct tls *tls;    /* where we can speak it, or NULL; see stls.h */

	/* AUTHORIZATION */
	unsigned int commands;         /* so far */
	unsigned int failures;         /* wrong passwords so far */
	bool clear;                    /* a password was not to cross so */
	char user[COMMAND_OCTETS + 1]; /* from USER, or empty */
	struct account account;

	/* TRANSACTION */
	struct maildrop maildrop;
	struct counts retr, top; /* what was sent */
	uint64_t text_end;       /* messages are sent when stream.out_total
	                            has come so far */
	uint32_t removed;        /* by UPDATE */
	int64_t arrived;         /* octets of mail that came meanwhile */
	deadline_t started;
};

/* Serves one command, replies, and returns the state to go on in. */
typedef enum state verb_fn(struct session *s, struct command *c);

#define VERB_REST (-1) /* as max_args: the rest is one argument, unsplit */

/* A table of these, ended by a NULL keyword, is what a state understands. */
struct verb {
	const char *keyword;
	int min_args, max_args;
	verb_fn *serve;
	bool long_line; /* it may have more than COMMAND_OCTETS */
};

#endif

/* SPDX-License-Identifier: ISC */
/* The session: everything about the one client that this process serves. */
#ifndef ONEPOP_SESSION_H
#define ONEPOP_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "config/account.h"
#include "config/options.h"
#include "maildrop/maildrop.h"
#include "net/client.h"
#include "net/stream.h"
#include "net/tlspolicy.h"
#include "pop3/command.h"

/*
 * The states of RFC 1939, section 3, and CLOSED, in which the session is over.
 * UPDATE and CLOSED have no commands.
 */
enum state { AUTHORIZATION, TRANSACTION, UPDATE, CLOSED };

/* Why a session ended; session.c has the words of the log. */
enum session_end {
	END_QUIT,           /* the client sent QUIT */
	END_HANGUP,         /* the client closed the connection, perhaps after a
	                       QUIT that could not count (serve_quit) */
	END_TIMEOUT,        /* the client was too slow */
	END_LIMIT,          /* the client sent too much before login */
	END_FAILURES,       /* too many passwords were wrong */
	END_CLEARTEXT,      /* we refused a password on a plaintext connection,
	                       and the client gave up */
	END_TLS,            /* the handshake failed */
	END_STLS_INJECTION, /* the client sent commands behind STLS */
	END_MAILBOX,        /* the mailbox could not be opened */
	END_ERROR           /* a response could not be finished, or the process
	                       could not become the user or enter the sandbox */
};

struct counts {
	uint32_t messages;
	uint64_t octets;
};

/*
 * The unique-ids that UIDL has told the client, in the order told; UIDL without
 * an argument begins anew.  Sessions that were told the same have the same
 * digests.
 */
struct told {
	bool asked; /* UIDL was sent */
	uint32_t ids;
	uint64_t first, all; /* digests: of the first id, and of all */
};

struct session {
	/* The client, and what it may do */
	const struct options *options;
	struct client client;
	struct tlspolicy tlspolicy;
	struct stream stream;
	struct tls *tls; /* NULL if we do not offer TLS; see stls.h */
	enum state state;
	deadline_t started;

	/* The end; set by the function that returns CLOSED */
	enum session_end end;
	const char *detail; /* of END_TLS and the like, for the log; or NULL */
	int exit_status;    /* of sysexits.h: EX_OK unless we are at fault */

	/* AUTHORIZATION */
	unsigned int commands;         /* received so far */
	unsigned int failures;         /* wrong passwords so far */
	bool password_refused;         /* because the connection is plaintext */
	char user[COMMAND_OCTETS + 1]; /* from USER, or empty */
	struct account account;        /* of the user who has logged in */

	/* TRANSACTION */
	struct maildrop maildrop;
	struct counts retr, top; /* whole messages, put into the stream */
	struct told told;
	uint64_t text_end; /* stream.out_total when the last message has
	                      been sent whole; UINT64_MAX: it never will
	                      be */

	/* UPDATE */
	uint32_t removed; /* messages */
	int64_t arrived;  /* octets of mail that came after maildrop_scan */
};

/* Serves one command: replies, and returns the state to go on in. */
typedef enum state verb_fn(struct session *s, struct command *c);

#define VERB_REST (-1) /* as max_args: the rest is one argument, unsplit */

/* A command.  Each state has a table of these, ended by a NULL keyword. */
struct verb {
	const char *keyword;
	int min_args, max_args;
	verb_fn *serve;
	bool long_line; /* the line may have more than COMMAND_OCTETS */
};

/*
 * If --require-tls forbids a plaintext password on this connection, notes
 * that, replies -ERR and returns true.
 */
bool session_refuses_password(struct session *s);

/*
 * Logs how the session ended.  If nobody has logged in, logs only the ends that
 * an administrator wants to know of.
 */
void session_log_end(struct session *s);

#endif

/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <string.h>

#include "pop3/authorization.h"
#include "pop3/command.h"
#include "pop3/deletions.h"
#include "pop3/mailboxerror.h"
#include "pop3/pop3.h"
#include "pop3/reply.h"
#include "pop3/sasl.h"
#include "pop3/stls.h"
#include "pop3/transaction.h"

static const struct verb *const verbs_of[] = {
	[AUTHORIZATION] = authorization_verbs,
	[TRANSACTION] = transaction_verbs,
	[UPDATE] = NULL,
	[CLOSED] = NULL,
};

static bool has_right_arguments(const struct verb *v, struct command *c)
{
	if (v->max_args == VERB_REST)
		return c->rest != NULL;
	command_split(c);
	return c->argc >= v->min_args && c->argc <= v->max_args;
}

/*
 * Parses a line of n octets, or STREAM_LINE_TOO_LONG, and finds its verb in the
 * state's table.  Returns NULL, or the problem in words.
 */
static const char *parse_line(const struct session *s, char *line, ssize_t n,
                              struct command *c, const struct verb **ret)
{
	const struct verb *v = verbs_of[s->state];

	if (n == STREAM_LINE_TOO_LONG)
		return "line too long";
	if (command_parse(c, line, (size_t)n) < 0)
		return "invalid command";
	while (v->keyword && strcmp(v->keyword, c->keyword) != 0)
		v++;
	if (!v->keyword)
		return "unknown command";
	if (n + 2 > COMMAND_OCTETS && !v->long_line)
		return "line too long";
	if (!has_right_arguments(v, c))
		return "wrong number of arguments";
	*ret = v;
	return NULL;
}

static enum state serve_line(struct session *s, char *line, ssize_t n)
{
	const struct verb *v;
	struct command c;
	const char *problem;

	if (s->state == AUTHORIZATION && ++s->commands > POP3_LOGIN_COMMANDS) {
		reply_err(&s->stream, NULL, "too many commands before login");
		s->end = END_LIMIT;
		return CLOSED;
	}
	problem = parse_line(s, line, n, &c, &v);
	if (!problem)
		return v->serve(s, &c);
	reply_err(&s->stream, NULL, "%s", problem);
	return s->state;
}

/*
 * The client sends no more.  Before login it is told why; after login RFC 1939,
 * section 3, forbids a reply.  Messages are never removed.
 */
static enum state end_of_input(struct session *s)
{
	static const enum session_end end_of[] = {
		[STREAM_EOF] = END_HANGUP,
		[STREAM_ERROR] = END_HANGUP,
		[STREAM_FLOOD] = END_LIMIT,
		[STREAM_TIMEOUT] = END_TIMEOUT,
	};

	s->end = end_of[s->stream.status];
	if (s->state == AUTHORIZATION && s->end == END_TIMEOUT)
		reply_err(&s->stream, NULL, "timeout: no login in time");
	if (s->state == AUTHORIZATION && s->end == END_LIMIT)
		reply_err(&s->stream, NULL, "too much input before login");
	return CLOSED;
}

/*
 * RFC 1939, section 6.  The client may have hung up after its QUIT: messages
 * are removed all the same.
 */
static void update_maildrop(struct session *s)
{
	enum maildrop_status status;

	s->end = END_QUIT;
	deletions_log(s);
	status = maildrop_update(&s->maildrop);
	deletions_log_missed(s);
	if (status != MAILDROP_OK) {
		mailboxerror_reply(s, MAILBOXERROR_UPDATE, status, 0);
		return;
	}
	s->removed = s->maildrop.count - s->maildrop.left;
	reply_ok(&s->stream, "goodbye, %" PRIu32 " message%s deleted",
	         s->removed, s->removed == 1 ? "" : "s");
}

/* With implicit TLS the handshake comes first (RFC 8314, section 3.2). */
static enum state greet(struct session *s)
{
	if (s->options->tls == TLS_IMPLICIT && !stls_begin(s))
		return CLOSED;
	reply_ok(&s->stream, "onepop ready");
	stream_flush(&s->stream);
	return AUTHORIZATION;
}

/* Serves the client's commands until the state has none. */
static void serve_lines(struct session *s)
{
	char line[SASL_OCTETS + 1];
	enum state before;
	ssize_t n;

	while (verbs_of[s->state]) {
		before = s->state;
		n = stream_getline(&s->stream, line, sizeof(line));
		if (n == -1)
			s->state = end_of_input(s);
		else
			s->state = serve_line(s, line, n);
		/*
		 * The line may have held a password.  If the line was read
		 * whole, only its octets are wiped: the rest of the buffer was
		 * not written, and is not brought into memory.
		 */
		if (before == AUTHORIZATION) {
			explicit_bzero(line, n >= 0 ? (size_t)n : sizeof(line));
			stream_forget(&s->stream);
		}
	}
}

int pop3_serve(struct session *s)
{
	s->stream.in_limit = POP3_LOGIN_OCTETS;
	s->state = greet(s);
	maildrop_init(&s->maildrop);
	serve_lines(s);
	s->arrived = maildrop_arrived(&s->maildrop);
	if (s->state == UPDATE)
		update_maildrop(s);
	/* The mailbox is free before the client reads the last reply. */
	maildrop_close(&s->maildrop);
	stream_close(&s->stream);
	session_log_end(s);
	return s->exit_status;
}

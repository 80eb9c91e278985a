#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "pop3/authorization.h"
#include "pop3/command.h"
#include "pop3/mailboxerror.h"
#include "pop3/pop3.h"
#include "pop3/reply.h"
#include "pop3/sasl.h"
#include "pop3/stls.h"
#include "pop3/transaction.h"

/* RFC 1939, section 3.  UPDATE and CLOSED have no commands. */
static const struct verb *const verbs_of[] = {
	[AUTHORIZATION] = authorization_verbs,
	[TRANSACTION] = transaction_verbs,
	[UPDATE] = NULL,
	[CLOSED] = NULL,
};

static const struct verb *find_verb(const struct verb *v, const char *keyword)
{
	for (; v->keyword; v++)
		if (strcmp(v->keyword, keyword) == 0)
			return v;
	return NULL;
}

/* Are there as many arguments as the verb takes? */
static bool right_arguments(const struct verb *v, struct command *c)
{
	if (v->max_args == VERB_REST)
		return c->rest != NULL;
	command_split(c);
	return c->argc >= v->min_args && c->argc <= v->max_args;
}

/*
 * Finds the verb of a line of n octets, or of one that was too long to be
 * read.  Returns NULL, or what is wrong.
 */
static const char *parse(const struct session *s, char *line, ssize_t n,
                         struct command *c, const struct verb **ret)
{
	if (n == STREAM_LINE_TOO_LONG)
		return "line too long";
	if (command_parse(c, line, (size_t)n) < 0)
		return "invalid command";
	*ret = find_verb(verbs_of[s->state], c->keyword);
	if (!*ret)
		return "unknown command";
	if (n + 2 > COMMAND_OCTETS && !(*ret)->long_line)
		return "line too long";
	if (!right_arguments(*ret, c))
		return "wrong number of arguments";
	return NULL;
}

static enum state end_early(struct session *s, const char *reason,
                            const char *text)
{
	reply_err(&s->stream, NULL, "%s", text);
	s->reason = reason;
	return CLOSED;
}

static enum state serve_line(struct session *s, char *line, ssize_t n)
{
	const struct verb *v;
	struct command c;
	const char *wrong;

	if (s->state == AUTHORIZATION && ++s->commands > POP3_LOGIN_COMMANDS)
		return end_early(s, "limit", "too many commands before login");
	wrong = parse(s, line, n, &c, &v);
	if (!wrong)
		return v->serve(s, &c);
	reply_err(&s->stream, NULL, "%s", wrong);
	return s->state;
}

/*
 * The client sends no more.  It is told why only before login: later RFC
 * 1939, section 3, wants no reply, and never an UPDATE.
 */
static enum state end_of_input(struct session *s)
{
	static const char *const reasons[] = {
		[STREAM_EOF] = "hangup",
		[STREAM_ERROR] = "hangup",
		[STREAM_FLOOD] = "limit",
		[STREAM_TIMEOUT] = "timeout",
	};

	s->reason = reasons[s->stream.status];
	if (s->state != AUTHORIZATION)
		return CLOSED;
	if (s->stream.status == STREAM_TIMEOUT)
		return end_early(s, s->reason, "timeout: no login in time");
	if (s->stream.status == STREAM_FLOOD)
		return end_early(s, s->reason, "too much input before login");
	return CLOSED;
}

/*
 * RFC 1939, section 6.  The client may be gone by now: it said QUIT, so the
 * messages go all the same.  The mailbox is free before the reply.
 */
static void update(struct session *s)
{
	enum maildrop_status status;

	s->reason = "quit";
	status = maildrop_update(&s->maildrop);
	if (status != MAILDROP_OK) {
		mailboxerror_tell(s, MAILBOXERROR_UPDATE, status, 0);
	} else {
		s->removed = s->maildrop.count - s->maildrop.left;
		reply_ok(&s->stream, "goodbye, %" PRIu32 " message%s deleted",
		         s->removed, s->removed == 1 ? "" : "s");
	}
}

static void log_end_of_session(const struct session *s)
{
	deadline_t spent = deadline_now() - s->started;

	log_begin(LOG_SESSION_END);
	log_field("rip", "%s", s->client.rip);
	log_field("reason", "%s", s->reason);
	log_field("retr", "%" PRIu32 "/%" PRIu64, s->retr.messages,
	          s->retr.octets);
	log_field("top", "%" PRIu32 "/%" PRIu64, s->top.messages,
	          s->top.octets);
	log_field("dele", "%" PRIu32, s->removed);
	log_field("kept", "%" PRIu32, s->maildrop.count - s->removed);
	log_field("new", "%" PRId64, s->arrived);
	log_field("secs", "%" PRId64 ".%02" PRId64, spent / 1000,
	          spent % 1000 / 10);
	log_field("in", "%" PRIu64, s->stream.in_total);
	log_field("out", "%" PRIu64, s->stream.out_total);
	log_quoted("user", s->account.name);
	log_end();
}

static void log_refused(const struct session *s)
{
	log_begin(LOG_SESSION_REFUSED);
	client_log(&s->client);
	log_field("reason", "%s", s->reason);
	if (s->detail)
		log_quoted("detail", s->detail);
	log_end();
}

/* A client that only went, or said QUIT, is no event. */
static bool was_refused(struct session *s)
{
	static const char *const reasons[] = {"limit", "stls-injection",
	                                      "timeout", "tls"};
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(s->reason, reasons[i]) == 0)
			return true;
	/* Else nobody but the client would know why there is no login. */
	if (!s->clear || s->channel.encrypted)
		return false;
	s->reason = "clear";
	return true;
}

/* RFC 8314, section 3.2: with TLS from the start, nothing comes before it. */
static enum state greet(struct session *s)
{
	if (s->options->tls == TLS_IMPLICIT && !stls_begin(s))
		return CLOSED;
	reply_ok(&s->stream, "onepop ready");
	return AUTHORIZATION;
}

/* Reads and serves lines until the session leaves the two states. */
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
		 * A password was in it, also if it was the right one.  All of a
		 * line that was not read whole, but no page that nothing has
		 * touched.
		 */
		if (before == AUTHORIZATION) {
			explicit_bzero(line, n >= 0 ? (size_t)n : sizeof(line));
			stream_forget(&s->stream);
		}
	}
}

int pop3_serve(struct session *s)
{
	bool entered;

	maildrop_init(&s->maildrop);
	s->stream.in_limit = POP3_LOGIN_OCTETS;
	s->state = greet(s);
	serve_lines(s);
	entered = s->maildrop.gone != NULL;
	s->arrived = maildrop_arrived(&s->maildrop);
	if (s->state == UPDATE)
		update(s);
	maildrop_close(&s->maildrop);
	stream_close(&s->stream);
	if (entered)
		log_end_of_session(s);
	else if (was_refused(s))
		log_refused(s);
	return s->exit_status;
}

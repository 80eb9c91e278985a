#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/decimal.h"
#include "maildrop/maildrop.h"
#include "pop3/capa.h"
#include "pop3/command.h"
#include "pop3/mailboxerror.h"
#include "pop3/multiline.h"
#include "pop3/reply.h"
#include "pop3/session.h"
#include "pop3/transaction.h"

/*
 * Of a message, encoded at once.  Small, since it may become twice as much:
 * for that much the output buffer is sent before it is full.
 */
#define PIECE 4096

/* The message the command names; false: the client has its -ERR. */
static bool find_message(struct session *s, const struct command *c,
                         uint32_t *number, struct mbox_message *m)
{
	enum maildrop_status status;

	if (decimal_get(c->argv[0], number) < 0) {
		reply_err(&s->stream, NULL, "invalid message number");
		return false;
	}
	if (!maildrop_has(&s->maildrop, *number)) {
		reply_err(&s->stream, NULL, "no such message");
		return false;
	}
	status = maildrop_message(&s->maildrop, *number, m);
	if (status != MAILDROP_OK)
		mailboxerror_tell(s, MAILBOXERROR_MESSAGE, status, *number);
	return status == MAILDROP_OK;
}

static enum state serve_stat(struct session *s, struct command *c)
{
	(void)c;
	reply_ok(&s->stream, "%" PRIu32 " %" PRId64, s->maildrop.left,
	         s->maildrop.octets);
	return TRANSACTION;
}

/* A response that cannot be finished has no end mark: we hang up. */
static enum state give_up(struct session *s, enum maildrop_status status,
                          uint32_t number)
{
	mailboxerror_log(s, status, number);
	s->reason = "error";
	return CLOSED;
}

#define FACT (UIDL_SIZE + DECIMAL_DIGITS) /* octets, more than any has */

/* Writes what a list says of a message.  Returns the place behind it. */
typedef char *fact_fn(const struct mbox_message *m, char *to);

/* The same for all messages, for LIST and UIDL without an argument. */
static enum state list_all(struct session *s, fact_fn *fact)
{
	enum maildrop_status status;
	struct mbox_message m;
	char *line, *to;
	uint32_t number;

	reply_ok(&s->stream, "%" PRIu32 " messages (%" PRId64 " octets)",
	         s->maildrop.left, s->maildrop.octets);
	for (number = 1; number <= s->maildrop.count; number++) {
		if (!maildrop_has(&s->maildrop, number))
			continue;
		status = maildrop_message(&s->maildrop, number, &m);
		if (status != MAILDROP_OK)
			return give_up(s, status, number);
		line = stream_reserve(&s->stream, DECIMAL_DIGITS + FACT);
		to = decimal_put(line, number);
		*to++ = ' ';
		to = fact(&m, to);
		*to++ = '\r';
		*to++ = '\n';
		stream_commit(&s->stream, (size_t)(to - line));
	}
	stream_write(&s->stream, ".\r\n", 3);
	return TRANSACTION;
}

static enum state list(struct session *s, const struct command *c,
                       fact_fn *fact)
{
	struct mbox_message m;
	char text[FACT];
	uint32_t number;

	if (c->argc == 0)
		return list_all(s, fact);
	if (find_message(s, c, &number, &m)) {
		*fact(&m, text) = '\0';
		reply_ok(&s->stream, "%" PRIu32 " %s", number, text);
	}
	return TRANSACTION;
}

static char *octets(const struct mbox_message *m, char *to)
{
	return decimal_put(to, (uint64_t)m->octets);
}

static char *unique_id(const struct mbox_message *m, char *to)
{
	return uidl_text(m->uidl, m->duplicate, to);
}

static enum state serve_list(struct session *s, struct command *c)
{
	return list(s, c, octets);
}

static enum state serve_uidl(struct session *s, struct command *c)
{
	return list(s, c, unique_id);
}

/* A message on its way to the client. */
struct sending {
	uint32_t number;
	off_t at; /* as maildrop_read has it */
	struct mbox_window window;
	struct multiline text;
};

/* Reads the first of the message the command names; false: replied. */
static bool begin_sending(struct session *s, const struct command *c,
                          struct mbox_message *m, struct sending *to)
{
	enum maildrop_status status;

	memset(to, 0, sizeof(*to));
	if (!find_message(s, c, &to->number, m))
		return false;
	status = maildrop_read(&s->maildrop, to->number, &to->at, &to->window);
	if (status == MAILDROP_OK)
		return true;
	mailboxerror_tell(s, MAILBOXERROR_MESSAGE, status, to->number);
	return false;
}

static void send_window(struct session *s, struct sending *to)
{
	const struct mbox_window *w = &to->window;
	size_t done, n;
	char *out;

	for (done = 0; done < w->n && !multiline_full(&to->text); done += n) {
		n = w->n - done < PIECE ? w->n - done : PIECE;
		out = stream_reserve(&s->stream, MULTILINE_ROOM(n));
		stream_commit(
			&s->stream,
			multiline_encode(&to->text, w->buf + done, n, out));
	}
}

/* Sends the text; a RETR must come to the octets that were promised. */
static enum state send_text(struct session *s, struct sending *to,
                            int64_t promised, struct counts *sent)
{
	enum maildrop_status status = MAILDROP_OK;
	size_t n;

	while (to->window.n > 0 && status == MAILDROP_OK &&
	       !multiline_full(&to->text) && !s->stream.out_closed) {
		send_window(s, to);
		status = maildrop_read(&s->maildrop, to->number, &to->at,
		                       &to->window);
	}
	if (s->stream.out_closed) {
		s->text_end = UINT64_MAX;
		return TRANSACTION;
	}
	n = multiline_end(&to->text,
	                  stream_reserve(&s->stream, MULTILINE_ROOM(0)));
	if (status == MAILDROP_OK &&
	    (promised < 0 || to->text.octets == promised)) {
		stream_commit(&s->stream, n);
		s->text_end = s->stream.out_total + s->stream.out_len;
		sent->messages++;
		sent->octets += (uint64_t)to->text.octets;
		return TRANSACTION;
	}
	if (status == MAILDROP_OK)
		status = maildrop_differs(&s->maildrop);
	return give_up(s, status, to->number);
}

static enum state serve_retr(struct session *s, struct command *c)
{
	struct mbox_message m;
	struct sending to;

	if (!begin_sending(s, c, &m, &to))
		return TRANSACTION;
	multiline_begin(&to.text, MULTILINE_ALL);
	reply_ok(&s->stream, "%jd octets", (intmax_t)m.octets);
	return send_text(s, &to, m.octets, &s->retr);
}

static enum state serve_top(struct session *s, struct command *c)
{
	struct mbox_message m;
	struct sending to;
	uint32_t lines;

	if (decimal_get(c->argv[1], &lines) < 0) {
		reply_err(&s->stream, NULL, "invalid number of lines");
		return TRANSACTION;
	}
	if (!begin_sending(s, c, &m, &to))
		return TRANSACTION;
	multiline_begin(&to.text, lines);
	reply_ok(&s->stream, "top of message follows");
	return send_text(s, &to, -1, &s->top);
}

static enum state serve_dele(struct session *s, struct command *c)
{
	struct mbox_message m;
	uint32_t number;

	if (!find_message(s, c, &number, &m))
		return TRANSACTION;
	maildrop_delete(&s->maildrop, number, &m);
	reply_ok(&s->stream, "message %" PRIu32 " deleted", number);
	return TRANSACTION;
}

static enum state serve_noop(struct session *s, struct command *c)
{
	(void)c;
	reply_ok(&s->stream, "nothing done");
	return TRANSACTION;
}

static enum state serve_rset(struct session *s, struct command *c)
{
	(void)c;
	maildrop_reset(&s->maildrop);
	reply_ok(&s->stream,
	         "maildrop has %" PRIu32 " messages (%" PRId64 " octets)",
	         s->maildrop.left, s->maildrop.octets);
	return TRANSACTION;
}

/* Has all that was asked for been sent?  What waits in the buffer is now. */
static bool text_is_sent(struct session *s)
{
	if (s->stream.out_total < s->text_end)
		stream_flush(&s->stream);
	return s->stream.out_total >= s->text_end;
}

/*
 * A client that is gone, and left QUIT behind, meant it; but not for mail that
 * it asked for in the same breath and never got.
 */
static enum state serve_quit(struct session *s, struct command *c)
{
	(void)c;
	if (text_is_sent(s))
		return UPDATE;
	s->reason = s->stream.status == STREAM_TIMEOUT ? "timeout" : "hangup";
	return CLOSED;
}

const struct verb transaction_verbs[] = {
	{"CAPA", 0, 0, serve_capa, false}, {"DELE", 1, 1, serve_dele, false},
	{"LIST", 0, 1, serve_list, false}, {"NOOP", 0, 0, serve_noop, false},
	{"QUIT", 0, 0, serve_quit, false}, {"RETR", 1, 1, serve_retr, false},
	{"RSET", 0, 0, serve_rset, false}, {"STAT", 0, 0, serve_stat, false},
	{"TOP", 2, 2, serve_top, false},   {"UIDL", 0, 1, serve_uidl, false},
	{NULL, 0, 0, NULL, false},
};

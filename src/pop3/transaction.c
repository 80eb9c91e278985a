/* SPDX-License-Identifier: ISC */
#include <endian.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/decimal.h"
#include "base/digest.h"
#include "maildrop/maildrop.h"
#include "pop3/capa.h"
#include "pop3/command.h"
#include "pop3/mailboxerror.h"
#include "pop3/multiline.h"
#include "pop3/reply.h"
#include "pop3/session.h"
#include "pop3/transaction.h"

/*
 * Octets of a message that are encoded at once.  Encoding may double them, and
 * a buffer that has no room for that is flushed.  With this few octets the
 * buffer is nearly full by then.
 */
#define ENCODE_OCTETS 4096

/* Looks up the message that the command names.  Returns false after -ERR. */
static bool find_message(struct session *s, const struct command *c,
                         struct maildrop_message *ret)
{
	enum maildrop_status status;
	uint32_t number;

	if (decimal_get(c->argv[0], &number) < 0) {
		reply_err(&s->stream, NULL, "invalid message number");
		return false;
	}
	if (!maildrop_has(&s->maildrop, number)) {
		reply_err(&s->stream, NULL, "no such message");
		return false;
	}
	status = maildrop_message(&s->maildrop, number, ret);
	if (status != MAILDROP_OK)
		mailboxerror_reply(s, MAILBOXERROR_MESSAGE, status, number);
	return status == MAILDROP_OK;
}

static enum state serve_stat(struct session *s, struct command *c)
{
	(void)c;
	reply_ok(&s->stream, "%" PRIu32 " %" PRId64, s->maildrop.left,
	         s->maildrop.octets);
	return TRANSACTION;
}

/* Ends the session: a response that cannot be finished gets no end mark. */
static enum state abandon_response(struct session *s,
                                   enum maildrop_status status, uint32_t number)
{
	mailboxerror_log(s, status, number);
	s->end = END_ERROR;
	return CLOSED;
}

#define FACT_OCTETS                                                            \
	(MAILDROP_ID + DECIMAL_DIGITS) /* more than any fact has               \
	                                */

/* Writes a message's size or unique-id.  Returns the place behind it. */
typedef char *fact_fn(struct session *s, const struct maildrop_message *m,
                      char *to);

static char *write_octets(struct session *s, const struct maildrop_message *m,
                          char *to)
{
	(void)s;
	return decimal_put(to, (uint64_t)m->listed.octets);
}

/* Each digest is of the one before and the next id: their order counts. */
static void note_told(struct told *t, const char *id, size_t n)
{
	const uint64_t before = htole64(t->all); /* on all processors */
	char octets[sizeof(before) + MAILDROP_ID];

	memcpy(octets, &before, sizeof(before));
	memcpy(octets + sizeof(before), id, n);
	t->all = digest_of(octets, sizeof(before) + n);
	if (t->ids++ == 0)
		t->first = t->all;
}

static char *write_unique_id(struct session *s,
                             const struct maildrop_message *m, char *to)
{
	char *const end = maildrop_unique_id(&s->maildrop, m, to);

	note_told(&s->told, to, (size_t)(end - to));
	return end;
}

static void write_line(struct session *s, const struct maildrop_message *m,
                       fact_fn *write_fact)
{
	char *line, *to;

	line = stream_reserve(&s->stream, DECIMAL_DIGITS + FACT_OCTETS);
	to = decimal_put(line, m->number);
	*to++ = ' ';
	to = write_fact(s, m, to);
	*to++ = '\r';
	*to++ = '\n';
	stream_commit(&s->stream, (size_t)(to - line));
}

/*
 * Looks up the next messages that are not deleted, from *number on.  Returns
 * how many; *status is the one of the last look-up, and *number behind it.
 */
static size_t look_up_batch(struct session *s, uint32_t *number,
                            struct maildrop_message *m,
                            enum maildrop_status *status)
{
	size_t n = 0;

	while (n < MAILDROP_BATCH && *number <= s->maildrop.count &&
	       *status == MAILDROP_OK) {
		if (maildrop_has(&s->maildrop, *number)) {
			*status =
				maildrop_message(&s->maildrop, *number, &m[n]);
			n += *status == MAILDROP_OK;
		}
		(*number)++;
	}
	return n;
}

/* Replies to LIST or UIDL without an argument. */
static enum state list_all(struct session *s, fact_fn *write_fact)
{
	struct maildrop_message m[MAILDROP_BATCH];
	enum maildrop_status status = MAILDROP_OK;
	uint32_t number = 1;
	size_t i, n;

	reply_ok(&s->stream, "%" PRIu32 " messages (%" PRId64 " octets)",
	         s->maildrop.left, s->maildrop.octets);
	while (number <= s->maildrop.count && status == MAILDROP_OK) {
		n = look_up_batch(s, &number, m, &status);
		if (write_fact == write_unique_id)
			maildrop_expect(&s->maildrop, m, n);
		for (i = 0; i < n; i++)
			write_line(s, &m[i], write_fact);
	}
	if (status != MAILDROP_OK)
		return abandon_response(s, status, number - 1);
	stream_write(&s->stream, ".\r\n", 3);
	return TRANSACTION;
}

static enum state list_facts(struct session *s, const struct command *c,
                             fact_fn *write_fact)
{
	struct maildrop_message m;
	char fact[FACT_OCTETS];

	if (c->argc == 0)
		return list_all(s, write_fact);
	if (find_message(s, c, &m)) {
		*write_fact(s, &m, fact) = '\0';
		reply_ok(&s->stream, "%" PRIu32 " %s", m.number, fact);
	}
	return TRANSACTION;
}

static enum state serve_list(struct session *s, struct command *c)
{
	return list_facts(s, c, write_octets);
}

static enum state serve_uidl(struct session *s, struct command *c)
{
	if (c->argc == 0)
		s->told = (struct told){.ids = 0};
	s->told.asked = true;
	return list_facts(s, c, write_unique_id);
}

/* A message on its way to the client. */
struct sending {
	struct maildrop_message message;
	off_t at;                  /* how far maildrop_read has come */
	struct mbox_window window; /* the octets that it read last */
	struct multiline text;
};

/*
 * Looks up the message that the command names, and reads its first window.  If
 * it cannot be read, or differs from the message listed, replies -ERR and
 * returns false.
 */
static bool begin_sending(struct session *s, const struct command *c,
                          uint64_t lines, struct sending *to)
{
	enum maildrop_status status;

	memset(to, 0, sizeof(*to));
	multiline_begin(&to->text, lines);
	if (!find_message(s, c, &to->message))
		return false;
	status =
		maildrop_read(&s->maildrop, &to->message, &to->at, &to->window);
	if (status != MAILDROP_OK)
		mailboxerror_reply(s, MAILBOXERROR_MESSAGE, status,
		                   to->message.number);
	return status == MAILDROP_OK;
}

static void send_window(struct session *s, struct sending *to)
{
	const struct mbox_window *w = &to->window;
	size_t done, n;
	char *out;

	for (done = 0; done < w->n && !multiline_full(&to->text); done += n) {
		n = w->n - done < ENCODE_OCTETS ? w->n - done : ENCODE_OCTETS;
		out = stream_reserve(&s->stream, MULTILINE_ROOM(n));
		stream_commit(
			&s->stream,
			multiline_encode(&to->text, w->buf + done, n, out));
	}
}

/*
 * Sends the text, window after window, and the end mark.  promised is the
 * number of octets in RETR's reply; -1: the reply had none.  If a window cannot
 * be read, or the text has another number of octets, no end mark is sent, and
 * the session ends.  If the client takes no more output, the session goes on to
 * the commands that have come, but a QUIT among them removes nothing.
 */
static enum state send_message(struct session *s, struct sending *to,
                               int64_t promised, struct counts *sent)
{
	enum maildrop_status status = MAILDROP_OK;
	size_t n;

	while (to->window.n > 0 && status == MAILDROP_OK &&
	       !multiline_full(&to->text) && !s->stream.out_closed) {
		send_window(s, to);
		status = maildrop_read(&s->maildrop, &to->message, &to->at,
		                       &to->window);
	}
	if (s->stream.out_closed) {
		s->text_end = UINT64_MAX; /* see serve_quit */
		return TRANSACTION;
	}
	n = multiline_end(&to->text,
	                  stream_reserve(&s->stream, MULTILINE_ROOM(0)));
	if (status == MAILDROP_OK && promised >= 0 &&
	    to->text.octets != promised)
		status = maildrop_differs(&s->maildrop);
	if (status != MAILDROP_OK)
		return abandon_response(s, status, to->message.number);
	stream_commit(&s->stream, n);
	s->text_end = s->stream.out_total + s->stream.out_len;
	sent->messages++;
	sent->octets += (uint64_t)to->text.octets;
	return TRANSACTION;
}

static enum state serve_retr(struct session *s, struct command *c)
{
	struct sending to;

	if (!begin_sending(s, c, MULTILINE_ALL, &to))
		return TRANSACTION;
	reply_ok(&s->stream, "%jd octets", (intmax_t)to.message.listed.octets);
	return send_message(s, &to, to.message.listed.octets, &s->retr);
}

static enum state serve_top(struct session *s, struct command *c)
{
	struct sending to;
	uint32_t lines;

	if (decimal_get(c->argv[1], &lines) < 0) {
		reply_err(&s->stream, NULL, "invalid number of lines");
		return TRANSACTION;
	}
	if (!begin_sending(s, c, lines, &to))
		return TRANSACTION;
	reply_ok(&s->stream, "top of message follows");
	return send_message(s, &to, -1, &s->top);
}

static enum state serve_dele(struct session *s, struct command *c)
{
	struct maildrop_message m;

	if (!find_message(s, c, &m))
		return TRANSACTION;
	maildrop_delete(&s->maildrop, &m);
	reply_ok(&s->stream, "message %" PRIu32 " deleted", m.number);
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

/*
 * A client that sends QUIT and hangs up wants its deletions.  But if a message
 * that it asked for in the same batch could not be sent, nothing is deleted.
 */
static enum state serve_quit(struct session *s, struct command *c)
{
	(void)c;
	if (s->stream.out_total < s->text_end)
		stream_flush(&s->stream);
	if (s->stream.out_total >= s->text_end)
		return UPDATE;
	s->end = s->stream.status == STREAM_TIMEOUT ? END_TIMEOUT : END_HANGUP;
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

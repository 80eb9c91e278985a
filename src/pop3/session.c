/* SPDX-License-Identifier: ISC */
#include <inttypes.h>

#include "base/log.h"
#include "pop3/reply.h"
#include "pop3/session.h"

static const struct {
	const char *word;
	bool refused; /* logged even if there was no login */
} ends[] = {
	[END_QUIT] = {"quit", false},
	[END_HANGUP] = {"hangup", false},
	[END_TIMEOUT] = {"timeout", true},
	[END_LIMIT] = {"limit", true},
	[END_FAILURES] = {"failures", false}, /* each was logged */
	[END_CLEARTEXT] = {"cleartext", true},
	[END_TLS] = {"tls", true},
	[END_STLS_INJECTION] = {"stls-injection", true},
	[END_MAILBOX] = {"mailbox", false}, /* the problem was logged */
	[END_ERROR] = {"error", false},     /* the same */
};

bool session_refuses_password(struct session *s)
{
	const char *problem;

	problem = tlspolicy_problem(&s->tlspolicy, s->options, &s->client);
	if (!problem)
		return false;
	s->password_refused = true;
	reply_err(&s->stream, NULL, "%s", problem);
	return true;
}

static void log_session(const struct session *s)
{
	deadline_t spent = deadline_now() - s->started;

	log_begin(LOG_SESSION_END);
	log_field("rip", "%s", s->client.rip);
	log_field("reason", "%s", ends[s->end].word);
	log_field("retr", "%" PRIu32 "/%" PRIu64, s->retr.messages,
	          s->retr.octets);
	log_field("top", "%" PRIu32 "/%" PRIu64, s->top.messages,
	          s->top.octets);
	if (s->told.asked)
		log_field("uidl", "%" PRIu32 "/%08" PRIx32 "/%08" PRIx32,
		          s->told.ids, (uint32_t)s->told.first,
		          (uint32_t)s->told.all);
	log_field("dele", "%" PRIu32, s->removed);
	log_field("kept", "%" PRIu32, s->maildrop.count - s->removed);
	log_field("new", "%" PRId64, s->arrived);
	log_field("secs", "%" PRId64 ".%02" PRId64, spent / 1000,
	          spent % 1000 / 10);
	log_field("in", "%" PRIu64, s->stream.in_total);
	log_field("out", "%" PRIu64, s->stream.out_total);
	log_user(s->account.login, s->account.name);
	log_end();
}

void session_log_end(struct session *s)
{
	if (s->maildrop.scanned) {
		log_session(s);
		return;
	}
	/* Else only the client would know why it could not log in. */
	if (!ends[s->end].refused && s->password_refused &&
	    !s->tlspolicy.encrypted)
		s->end = END_CLEARTEXT;
	if (!ends[s->end].refused)
		return;
	log_begin(LOG_SESSION_REFUSED);
	client_log(&s->client);
	log_field("reason", "%s", ends[s->end].word);
	if (s->detail)
		log_quoted("detail", s->detail);
	log_end();
}

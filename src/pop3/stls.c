/* SPDX-License-Identifier: ISC */
#include "pop3/stls.h"
#include "base/log.h"
#include "base/module.h"
#include "net/tls.h"
#include "pop3/reply.h"

static const struct tls_module *module;

static void log_validity(const char *cert, const struct tls_validity *v)
{
	if (v->begins > 0)
		log_error(LOG_SETUP_ERROR, "--tls-cert: %s: not valid yet",
		          cert);
	if (v->ends <= 0)
		log_error(LOG_SETUP_ERROR, "--tls-cert: %s: has expired", cert);
}

/* Opens the module and loads the files.  Returns NULL, or the problem. */
static const char *load_module(struct session *s, struct tls_validity *ret)
{
	const struct options *o = s->options;
	const struct tls_files files = {o->tls_cert, o->tls_key,
	                                o->tls_client_ca};
	const struct tls_wire wire = {stream_wire_read, stream_wire_write,
	                              &s->stream};
	static char text[512];
	const char *problem;

	if (!o->tls_cert)
		return "needs --tls-cert";
	module = module_symbol(TLS_MODULE, TLS_SYMBOL, &problem);
	if (!module)
		return problem;
	s->tls = module->load(&files, &wire, ret, text, sizeof(text));
	return s->tls ? NULL : text;
}

bool stls_load(struct session *s)
{
	struct tls_validity validity = {0, 0};
	const char *problem;

	if (s->options->tls != TLS_STLS && s->options->tls != TLS_IMPLICIT)
		return true;
	problem = load_module(s, &validity);
	if (problem)
		log_error(LOG_SETUP_ERROR, "--tls: %s", problem);
	else
		log_validity(s->options->tls_cert, &validity);
	return !problem;
}

bool stls_possible(const struct session *s)
{
	return s->options->tls == TLS_STLS && s->state == AUTHORIZATION &&
	       !s->tlspolicy.encrypted;
}

static void set_certificate_user(struct session *s)
{
	char name[TLS_NAME];

	if (s->options->tls_client_user == TLS_USER_NONE)
		return;
	module->user(s->tls, s->options->tls_client_user == TLS_USER_EMAIL,
	             name);
	tlspolicy_set_user(&s->tlspolicy, name);
}

bool stls_begin(struct session *s)
{
	if (stream_carry(&s->stream, &module->carrier, s->tls)) {
		tlspolicy_encrypt(&s->tlspolicy, module->version(s->tls));
		set_certificate_user(s);
		return true;
	}
	s->detail = module->problem(s->tls);
	if (s->stream.status == STREAM_TIMEOUT) {
		s->end = END_TIMEOUT;
	} else if (s->stream.status == STREAM_FLOOD) {
		s->end = END_LIMIT;
		s->detail = "too much input in the handshake";
	} else {
		s->end = s->detail ? END_TLS : END_HANGUP;
	}
	return false;
}

void stls_forget(struct session *s)
{
	if (s->tls && !s->stream.carrier)
		module->forget(s->tls);
}

/*
 * RFC 2595, section 4.  What the client sent in plaintext, a command behind
 * STLS or a USER before it, must not count once TLS is active.
 */
enum state serve_stls(struct session *s, struct command *c)
{
	(void)c;
	if (!stls_possible(s)) {
		reply_err(&s->stream, NULL,
		          s->tlspolicy.encrypted ? "TLS is already active"
		                                 : "STLS is not offered here");
		return AUTHORIZATION;
	}
	if (stream_pending(&s->stream)) {
		s->end = END_STLS_INJECTION;
		reply_err(&s->stream, NULL, "STLS must not be pipelined");
		return CLOSED;
	}
	reply_ok(&s->stream, "begin TLS");
	stream_flush(&s->stream);
	s->user[0] = '\0';
	return stls_begin(s) ? AUTHORIZATION : CLOSED;
}

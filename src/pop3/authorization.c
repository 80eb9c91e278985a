/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

#include "auth/auth.h"
#include "base/log.h"
#include "pop3/authorization.h"
#include "pop3/capa.h"
#include "pop3/mailboxerror.h"
#include "pop3/reply.h"
#include "pop3/sasl.h"
#include "pop3/stls.h"
#include "sandbox/privileges.h"
#include "sandbox/sandbox.h"

static enum state refuse_mailbox(struct session *s, enum maildrop_status status)
{
	mailboxerror_reply(s, MAILBOXERROR_LOGIN, status, 0);
	s->end = END_MAILBOX;
	return CLOSED;
}

/* Switches to the user.  Returns false if that failed: nothing may follow. */
static bool switch_to_user(struct session *s)
{
	const char *problem;

	problem = privileges_switch(s->account.uid, s->account.gid,
	                            s->options->chroot);
	if (!problem)
		return true;
	log_error(LOG_SETUP_ERROR, "%s: %m", problem);
	reply_err(
		&s->stream, "SYS/TEMP",
		"internal server error (user switch); contact the administrator");
	s->end = END_ERROR;
	s->exit_status = EX_OSERR;
	return false;
}

/*
 * Enters the sandbox, in which no file can be opened.  Returns false if that
 * failed: nothing may follow.
 */
static bool enter_sandbox(struct session *s)
{
	const int keep[] = {s->stream.fd_in, s->stream.fd_out,
	                    log_descriptor()};
	struct sandbox_files files = {
		.keep = keep,
		.n = sizeof(keep) / sizeof(keep[0]),
		.kept = maildrop_kept_descriptor(&s->maildrop),
	};
	const char *problem;

	maildrop_descriptors(&s->maildrop, &files.mailbox, &files.journal,
	                     &files.index);
	problem = sandbox_mail(s->options, &files);
	if (!problem)
		return true;
	log_error(LOG_SETUP_ERROR, "--sandbox after login: %s: %m", problem);
	reply_err(&s->stream, "SYS/PERM",
	          "internal server error (sandbox); "
	          "contact the administrator");
	s->end = END_ERROR;
	s->exit_status = EX_OSERR;
	return false;
}

static void log_tls(const struct session *s)
{
	log_field("tls", "%s",
	          tlspolicy_word(&s->tlspolicy, s->options, &s->client));
}

static void log_login(const struct session *s, const char *method)
{
	log_begin(LOG_LOGIN_OK);
	client_log(&s->client);
	log_tls(s);
	log_field("method", "%s", method);
	log_field("msgs", "%" PRIu32, s->maildrop.count);
	log_field("octets", "%" PRId64, s->maildrop.octets);
	log_user(s->account.login, s->account.name);
	log_end();
}

/* Logs what was done to the mailbox, even if it cannot be scanned then. */
static enum maildrop_status read_mailbox(struct session *s)
{
	enum maildrop_status status;

	status = maildrop_recover(&s->maildrop);
	if (status != MAILDROP_OK)
		return status;
	recovery_log(s->maildrop.recovery, s->maildrop.path.path,
	             s->account.login, s->account.name);
	return maildrop_scan(&s->maildrop);
}

/*
 * The user has logged in.  Opens the state files as the start user, and the
 * mailbox as the user.  Only in the sandbox, in which no file can be opened, it
 * parses the mailbox: strangers write mail.
 */
static enum state enter_transaction(struct session *s, const char *method)
{
	enum maildrop_status status;

	stls_forget(s); /* before the wait for another session */
	status = maildrop_prepare(&s->maildrop, s->options, &s->account);
	if (status != MAILDROP_OK)
		return refuse_mailbox(s, status);
	if (!switch_to_user(s))
		return CLOSED;
	status = maildrop_open(&s->maildrop);
	if (status != MAILDROP_OK)
		return refuse_mailbox(s, status);
	if (!enter_sandbox(s))
		return CLOSED;
	status = read_mailbox(s);
	if (status != MAILDROP_OK)
		return refuse_mailbox(s, status);
	log_login(s, method);
	s->stream.until = DEADLINE_NEVER;
	s->stream.in_limit = UINT64_MAX;
	reply_ok(&s->stream,
	         "maildrop has %" PRIu32 " messages (%" PRId64 " octets)",
	         s->maildrop.left, s->maildrop.octets);
	return TRANSACTION;
}

/*
 * Names the user only if it exists: people type passwords in its place.  The
 * log may say whether a user exists; a reply, and its delay, must not.
 */
static void log_failed_login(const struct session *s, const char *method,
                             const char *user,
                             const struct auth_failure *failure)
{
	log_begin(LOG_LOGIN_FAILED);
	client_log(&s->client);
	log_tls(s);
	log_field("method", "%s", method);
	log_field("reason", "%s", failure->reason);
	log_field("tries", "%u", s->failures);
	if (failure->exists)
		log_user(user, failure->account);
	else
		log_quoted("user", NULL);
	log_end();
	if (failure->detail)
		log_error(LOG_SETUP_ERROR, "login: %s", failure->detail);
}

static enum state refuse_login(struct session *s, enum auth_result result)
{
	bool last = s->failures >= (unsigned int)s->options->max_failures;
	const char *more = last ? "; too many failures, goodbye" : "";

	if (result == AUTH_DENIED)
		reply_err(&s->stream, "AUTH", "authentication failed%s", more);
	else
		reply_err(&s->stream, "SYS/TEMP",
		          "authentication is temporarily unavailable%s", more);
	if (last)
		s->end = END_FAILURES;
	return last ? CLOSED : AUTHORIZATION;
}

/*
 * Asks PAM about the password, which is NULL for EXTERNAL, and wipes it before
 * anything else is done.
 */
static enum state try_login(struct session *s, const char *method,
                            const char *user, char *password)
{
	const struct auth_setup setup = {
		.service = s->options->pam_service,
		.confdir = s->options->pam_confdir,
		.account = s->options->account,
		.mail_user = s->options->mail_user,
		.rhost = s->client.rip,
		.rhost_kind = s->client.remote.kind,
		.no_helper = s->options->sandbox != SANDBOX_OFF &&
	                     s->options->pam_helper == PAM_HELPER_NO,
		.run_dir = s->options->run_dir,
		.remember = s->options->remember_failures,
		.timeout = s->options->login_timeout,
	};
	struct auth_failure failure;
	enum auth_result result;

	result = auth_login(&setup, user, password, &s->account, &failure);
	s->exit_status = result == AUTH_UNAVAILABLE ? EX_UNAVAILABLE : EX_OK;
	if (password)
		explicit_bzero(password, strlen(password));
	stream_forget(&s->stream);
	if (result == AUTH_OK)
		return enter_transaction(s, method);
	s->failures++;
	log_failed_login(s, method, user, &failure);
	return refuse_login(s, result);
}

static enum state serve_user(struct session *s, struct command *c)
{
	size_t n = strlen(c->rest);

	if (session_refuses_password(s))
		return AUTHORIZATION;
	while (n > 0 && c->rest[n - 1] == ' ')
		n--;
	if (n == 0 || n >= sizeof(s->user)) {
		reply_err(&s->stream, NULL, "USER needs a user name");
		return AUTHORIZATION;
	}
	memcpy(s->user, c->rest, n);
	s->user[n] = '\0';
	/* The same reply whether the user exists or not. */
	reply_ok(&s->stream, "send PASS");
	return AUTHORIZATION;
}

/* RFC 1939, section 7: PASS follows a successful USER. */
static enum state serve_pass(struct session *s, struct command *c)
{
	enum state next;

	if (session_refuses_password(s))
		return AUTHORIZATION;
	if (s->user[0] == '\0') {
		reply_err(&s->stream, NULL, "send USER before PASS");
		return AUTHORIZATION;
	}
	next = try_login(s, "user-pass", s->user, c->rest);
	s->user[0] = '\0';
	return next;
}

static enum state serve_auth(struct session *s, struct command *c)
{
	struct sasl_credentials credentials;
	enum state next = AUTHORIZATION;

	if (c->argc == 0)
		sasl_list(s);
	else if (sasl_exchange(s, c, &credentials) == SASL_OK)
		next = try_login(s, credentials.method, credentials.user,
		                 credentials.password);
	explicit_bzero(&credentials, sizeof(credentials));
	return next;
}

static enum state serve_quit(struct session *s, struct command *c)
{
	(void)c;
	reply_ok(&s->stream, "goodbye");
	s->end = END_QUIT;
	return CLOSED;
}

const struct verb authorization_verbs[] = {
	{"AUTH", 0, 2, serve_auth, true},
	{"CAPA", 0, 0, serve_capa, false},
	{"PASS", 1, VERB_REST, serve_pass, false},
	{"QUIT", 0, 0, serve_quit, false},
	{"STLS", 0, 0, serve_stls, false},
	{"USER", 1, VERB_REST, serve_user, false},
	{NULL, 0, 0, NULL, false},
};

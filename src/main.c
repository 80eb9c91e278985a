/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "auth/service.h"
#include "base/log.h"
#include "config/options.h"
#include "net/client.h"
#include "net/clientsource.h"
#include "net/connection.h"
#include "pop3/pop3.h"
#include "pop3/reply.h"
#include "pop3/session.h"
#include "pop3/stls.h"
#include "sandbox/privileges.h"
#include "sandbox/sandbox.h"
#include "sandbox/startuser.h"

static void print_usage(void)
{
	(void)printf("Usage: onepop [--OPTION [VALUE]]...\n"
	             "Serves one POP3 session on standard input and output; "
	             "systemd or inetd\nstarts it for each connection.\n\n");
}

static const struct options_program program = {
	.name = "onepop", .print_usage = print_usage, .page = "onepop(8)"};

/* Returns NULL, or the problem in words, with errno. */
static const char *drop_privileges(const struct options *o)
{
	const char *problem;

	problem = startuser_become(o);
	if (!problem)
		problem = privileges_drop(o->mail_user, o->chroot != NULL);
	return problem ? problem : sandbox_login(o);
}

/* Replies that nobody is served, unless the client waits for TLS. */
static void reply_problem(struct session *s, const char *problem)
{
	if (s->options->tls != TLS_IMPLICIT)
		reply_err(&s->stream, "SYS/PERM",
		          "the administrator must look at the server: %s",
		          problem);
	stream_close(&s->stream);
}

/* The reply has errno, too: in a new set-up it is all that is seen. */
static int refuse_session(struct session *s, const char *problem)
{
	const int error = errno;
	char text[128];

	log_error(LOG_SETUP_ERROR, "before login: %s: %m", problem);
	(void)snprintf(text, sizeof(text), "%s: %s", problem, strerror(error));
	reply_problem(s, text);
	return EX_OSERR;
}

/* Finds the connection and the client.  Returns an exit status. */
static int find_client(struct session *s, const struct clientsource *source)
{
	struct connection connection;
	const char *problem;
	int status;

	status = connection_find(&connection, &problem);
	log_open(status == EX_OK ? connection.fd_in : STDIN_FILENO);
	if (status == EX_OK) {
		client_find(&s->client, connection.fd_in);
		problem = clientsource_problem(source, &s->client);
		status = problem ? EX_CONFIG : EX_OK;
	}
	if (status != EX_OK) {
		log_error(LOG_SETUP_ERROR, "%s", problem);
		return status;
	}
	tlspolicy_init(&s->tlspolicy, s->options);
	stream_init(&s->stream, connection.fd_in, connection.fd_out,
	            s->options->idle_timeout);
	s->stream.until = s->started + s->options->login_timeout * 1000LL;
	return EX_OK;
}

/* Serves the connection.  Returns an exit status. */
static int serve(struct session *s)
{
	const struct options *o = s->options;
	struct clientsource source;
	const char *problem;
	int status;

	clientsource_start(&source, o);
	problem = sandbox_start();
	if (problem) {
		log_open(STDIN_FILENO);
		log_error(LOG_SETUP_ERROR, "%s: %m", problem);
		return EX_OSERR;
	}
	status = find_client(s, &source);
	if (status != EX_OK)
		return status;
	if (!stls_load(s)) {
		reply_problem(s, "its certificate or key");
		return EX_CONFIG;
	}
	problem = drop_privileges(o);
	if (problem)
		return refuse_session(s, problem);
	problem = service_problem(o->pam_service, o->pam_confdir);
	if (problem) {
		log_error(LOG_SETUP_ERROR, "%s", problem);
		reply_problem(s, "its PAM service");
		return EX_CONFIG;
	}
	if (!clientsource_find(&source, s->stream.fd_in, s->stream.until,
	                       &s->client, &s->tlspolicy))
		return EX_OK;
	return pop3_serve(s);
}

int main(int argc, char **argv)
{
	static struct options options;
	static struct session session;
	const char *problem;
	int status;

	session.started = deadline_now();
	status = options_read(&options, &program, argc, argv, &problem);
	if (status == OPTIONS_DONE)
		return EX_OK;
	if (status != EX_OK) {
		log_open(STDIN_FILENO);
		log_error(LOG_SETUP_ERROR, "%s", problem);
		return status;
	}
	session.options = &options;
	return serve(&session);
}

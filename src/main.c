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

/* Prints the head of --help. */
static void print_usage(void)
{
	(void)printf("Usage: onepop [--OPTION [VALUE]]...\n"
	             "Serves one POP3 session on standard input and output; "
	             "systemd or inetd\nstarts it for each connection.\n\n");
}

static const struct options_program program = {
	.name = "onepop", .print_usage = print_usage, .page = "onepop(8)"};

/* Less and less may be done.  Returns NULL, or what failed, with errno. */
static const char *give_up(const struct options *o)
{
	const char *failed;

	failed = startuser_become(o);
	if (!failed)
		failed = privileges_drop(o->mail_user, o->chroot != NULL);
	return failed ? failed : sandbox_login(o);
}

/* Tells the client that nobody is served, if it can be told without TLS. */
static void tell(struct session *s, const char *why)
{
	if (s->options->tls != TLS_IMPLICIT)
		reply_err(&s->stream, "SYS/PERM",
		          "the administrator must look at the server: %s", why);
	stream_close(&s->stream);
}

/* Says why nobody is served here: who tries a new set-up sees only that. */
static int refuse(struct session *s, const char *why)
{
	const int error = errno;
	char text[128];

	log_error(LOG_SETUP_ERROR, "before login: %s: %m", why);
	(void)snprintf(text, sizeof(text), "%s: %s", why, strerror(error));
	tell(s, text);
	return EX_OSERR;
}

/* Finds whom to serve.  Returns 0, or an exit status of sysexits.h. */
static int find_client(struct session *s, const struct clientsource *front)
{
	struct connection connection;
	const char *why;
	int status;

	status = connection_find(&connection, &why);
	log_open(status == EX_OK ? connection.fd_in : STDIN_FILENO);
	if (status == EX_OK) {
		client_find(&s->client, connection.fd_in);
		why = clientsource_problem(front, &s->client);
		status = why ? EX_CONFIG : EX_OK;
	}
	if (status != EX_OK) {
		log_error(LOG_SETUP_ERROR, "%s", why);
		return status;
	}
	tlspolicy_init(&s->tlspolicy, s->options);
	stream_init(&s->stream, connection.fd_in, connection.fd_out,
	            s->options->idle_timeout);
	s->stream.until = s->started + s->options->login_timeout * 1000LL;
	return EX_OK;
}

/* Serves the connection this process was started for. */
static int serve(struct session *s)
{
	struct clientsource front;
	const char *why;
	int status;

	clientsource_start(&front, s->options);
	why = sandbox_start();
	if (why) {
		log_open(STDIN_FILENO);
		log_error(LOG_SETUP_ERROR, "%s: %m", why);
		return EX_OSERR;
	}
	status = find_client(s, &front);
	if (status != EX_OK)
		return status;
	if (!stls_load(s)) {
		tell(s, "its certificate or key");
		return EX_CONFIG;
	}
	why = give_up(s->options);
	if (why)
		return refuse(s, why);
	why = service_wrong(s->options->pam_service, s->options->pam_confdir);
	if (why) {
		log_error(LOG_SETUP_ERROR, "%s", why);
		tell(s, "its PAM service");
		return EX_CONFIG;
	}
	if (!clientsource_find(&front, s->stream.fd_in, s->stream.until,
	                       &s->client, &s->tlspolicy))
		return EX_OK;
	return pop3_serve(s);
}

int main(int argc, char **argv)
{
	static struct options options;
	static struct session session;
	char why[512];
	int status;

	session.started = deadline_now();
	status = options_read(&options, &program, argc, argv, why, sizeof(why));
	if (status == OPTIONS_DONE)
		return EX_OK;
	if (status != EX_OK) {
		log_open(STDIN_FILENO);
		log_error(LOG_SETUP_ERROR, "%s", why);
		return status;
	}
	session.options = &options;
	return serve(&session);
}

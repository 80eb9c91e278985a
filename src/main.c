#include <sysexits.h>
#include <unistd.h>

#include "check.h"
#include "client.h"
#include "connection.h"
#include "log.h"
#include "options.h"
#include "pop3.h"
#include "recover.h"
#include "sandbox.h"
#include "session.h"

/* Serves the connection this process was started for. */
static int serve(struct session *s)
{
	struct connection connection;
	const char *why;
	int status;

	why = sandbox_start();
	if (why) {
		log_open(STDIN_FILENO);
		log_error(LOG_SETUP_ERROR, "%s: %m", why);
		return EX_OSERR;
	}
	status = connection_find(&connection, &why);
	log_open(status == EX_OK ? connection.fd_in : STDIN_FILENO);
	if (status != EX_OK) {
		log_error(LOG_SETUP_ERROR, "%s", why);
		return status;
	}
	client_find(&s->client, connection.fd_in);
	stream_init(&s->stream, connection.fd_in, connection.fd_out,
	            s->options->idle_timeout);
	return pop3_serve(s);
}

int main(int argc, char **argv)
{
	static struct options options;
	static struct session session;
	char why[512];
	int status;

	session.started = deadline_now();
	status = options_read(&options, argc, argv, why, sizeof(why));
	if (status == OPTIONS_DONE)
		return EX_OK;
	if (status != EX_OK) {
		log_open(STDIN_FILENO);
		log_error(LOG_SETUP_ERROR, "%s", why);
		return status;
	}
	if (options.check)
		return check_all(&options);
	if (options.recover) {
		log_open(-1);
		return recover_all(&options);
	}
	session.options = &options;
	return serve(&session);
}

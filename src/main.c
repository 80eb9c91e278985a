#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "admin/check.h"
#include "admin/recover.h"
#include "auth/service.h"
#include "base/log.h"
#include "base/statefile.h"
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

/*
 * The run-time directory, which is gone at each boot, and which the start user
 * could not make in /run.  One elsewhere is made by who names it.
 */
static void make_run_directory(const struct options *o,
                               const struct start_user *user)
{
	if (!user->from_root || strcmp(o->run_dir, OPTIONS_RUN) != 0)
		return;
	(void)mkdir(OPTIONS_RUN, 0700);
	(void)statefile_give(OPTIONS_RUN, user->uid, user->gid);
}

static const char *become_start_user(const struct options *o)
{
	struct start_user user;
	const char *failed;

	failed = privileges_find(o->start_user, &user);
	if (failed)
		return failed;
	if (user.missing)
		log_error(LOG_SETUP_ERROR,
		          "there is no account %s: root stays root before "
		          "login",
		          o->start_user);
	(void)statefile_give(o->state_dir, user.uid, user.gid); /* or told */
	make_run_directory(o, &user);
	return privileges_start(&user, o->chroot != NULL);
}

/* Less and less may be done.  Returns NULL, or what failed, with errno. */
static const char *give_up(const struct options *o)
{
	const char *failed;

	failed = become_start_user(o);
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
		why = clientsource_wrong(front, &s->client);
		status = why ? EX_CONFIG : EX_OK;
	}
	if (status != EX_OK) {
		log_error(LOG_SETUP_ERROR, "%s", why);
		return status;
	}
	tlspolicy_init(&s->channel, s->options);
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
	                       &s->client, &s->channel))
		return EX_OK;
	return pop3_serve(s);
}

typedef int task_fn(const struct options *o);

/* Does what is no session, as the user whose state it is. */
static int do_task(const struct options *o, task_fn *task)
{
	const char *failed;
	char why[512];

	log_open(-1);
	failed = become_start_user(o);
	if (!failed)
		return task(o);
	if (o->check) {
		(void)snprintf(why, sizeof(why), "%s %s: %s", failed,
		               o->start_user, strerror(errno));
		return check_failed(
			why,
			"make it with useradd --system, or set --start-user");
	}
	log_error(LOG_SETUP_ERROR, "before login: %s: %m", failed);
	return EX_OSERR;
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
	if (status == EX_CONFIG && options.check)
		return check_failed(why, "correct that line of the options");
	if (status != EX_OK) {
		log_open(STDIN_FILENO);
		log_error(LOG_SETUP_ERROR, "%s", why);
		return status;
	}
	if (options.check) {
		check_begin();
		return do_task(&options, check_all);
	}
	if (options.recover)
		return do_task(&options, recover_all);
	session.options = &options;
	return serve(&session);
}

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "admin/checksandbox.h"

#include "admin/report.h"
#include "config/options.h"
#include "sandbox/privileges.h"
#include "sandbox/sandbox.h"

/* Says what failed, if anything did. */
static bool entered(const char *stage, const char *failed)
{
	struct report r = {0};

	if (!failed)
		return true;
	report_say(&r, REPORT_PROBLEM,
	           "a kernel with Landlock (5.13) that is allowed here, or "
	           "--sandbox try",
	           "sandbox: %s login: %s: %s", stage, failed, strerror(errno));
	return false;
}

/* In the child: is the way to S2 open? */
static bool enter(const struct options *o)
{
	const struct sandbox_files none = {.n = 0};

	return entered("before", sandbox_login(o)) &&
	       entered("after", sandbox_mail(o, &none));
}

static bool try_in_child(const struct options *o)
{
	int status = 1;
	pid_t child;
	bool done;

	(void)fflush(stdout);
	child = fork();
	if (child == 0) {
		done = enter(o);
		(void)fflush(stdout);
		_exit(done ? 0 : 1);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0;
}

void checksandbox_stages(struct report *r, const struct options *o)
{
	struct start_user user;

	if (!privileges_find(o->start_user, &user) && user.missing)
		report_say(r, REPORT_PROBLEM,
		           report_command(
				   "make install makes it; or useradd --system",
				   o->start_user),
		           "sandbox: there is no account %s, so root stays "
		           "root before login",
		           o->start_user);
	if (o->sandbox == SANDBOX_OFF)
		report_say(r, REPORT_WARNING,
		           "set sandbox require in " OPTIONS_FILE,
		           "sandbox: it is off");
	else if (try_in_child(o))
		report_say(r, REPORT_OK, NULL, "sandbox: all stages");
	else
		r->problems++; /* which the child has said */
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check/checksandbox.h"

#include "admin/report.h"
#include "config/options.h"
#include "sandbox/privileges.h"
#include "sandbox/sandbox.h"

/* Reports the problem, if there is one. */
static bool is_entered(const char *stage, const char *problem)
{
	struct report r = {0};

	if (!problem)
		return true;
	report_say(&r, REPORT_PROBLEM,
	           "sandbox: %s login: %s: %s; fix: a kernel with Landlock "
	           "(5.13) that is allowed here, or --sandbox try",
	           stage, problem, strerror(errno));
	return false;
}

/* In the child. */
static bool enter_stages(const struct options *o)
{
	const struct sandbox_files none = {.n = 0};

	return is_entered("before", sandbox_login(o)) &&
	       is_entered("after", sandbox_mail(o, &none));
}

static bool try_in_child(const struct options *o)
{
	int status = 1;
	pid_t child;
	bool done;

	(void)fflush(stdout);
	child = fork();
	if (child == 0) {
		done = enter_stages(o);
		(void)fflush(stdout);
		_exit(done ? 0 : 1);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0;
}

void checksandbox_stages(const struct report *r, const struct options *o)
{
	struct start_user user;

	if (!privileges_find(o->start_user, &user) && user.missing)
		report_say(r, REPORT_PROBLEM,
		           "sandbox: there is no account %s, so root stays "
		           "root before login; fix: make install makes it; or "
		           "useradd --system %s",
		           o->start_user, o->start_user);
	if (o->sandbox == SANDBOX_OFF)
		report_say(r, REPORT_WARNING,
		           "sandbox: it is off; fix: set sandbox require "
		           "in " OPTIONS_FILE);
	else if (try_in_child(o)) /* else the child has said why */
		report_say(r, REPORT_OK, "sandbox: all stages");
}

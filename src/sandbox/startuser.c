/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <sys/stat.h>

#include "sandbox/startuser.h"

#include "base/log.h"
#include "base/statefile.h"
#include "config/options.h"
#include "sandbox/privileges.h"

/*
 * The run-time directory is gone after each boot, and the start user cannot
 * make one in /run.  With RUNTIME_DIRECTORY set, creating it is the caller's
 * job.
 */
static void make_run_directory(const struct options *o,
                               const struct start_user *user)
{
	if (!user->from_root || strcmp(o->run_dir, OPTIONS_RUN) != 0)
		return;
	(void)mkdir(OPTIONS_RUN, 0700);
	(void)statefile_give(OPTIONS_RUN, user->uid, user->gid);
}

const char *startuser_become(const struct options *o)
{
	struct start_user user;
	const char *problem;

	problem = privileges_find(o->start_user, &user);
	if (problem)
		return problem;
	if (user.missing)
		log_error(LOG_SETUP_ERROR,
		          "--start-user: there is no account %s, so root stays "
		          "root before login; fix: useradd --system %s",
		          o->start_user, o->start_user);
	/* If this fails, the session that opens a file of it logs that. */
	(void)statefile_give(o->state_dir, user.uid, user.gid);
	make_run_directory(o, &user);
	return privileges_start(&user, o->chroot != NULL);
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "check/check.h"

#include "admin/report.h"
#include "base/deadline.h"
#include "base/statefile.h"
#include "check/checkfailures.h"
#include "check/checkmail.h"
#include "check/checkmta.h"
#include "check/checkpam.h"
#include "check/checkports.h"
#include "check/checksandbox.h"
#include "check/checkspool.h"
#include "check/checkstate.h"
#include "check/checktally.h"
#include "check/checktls.h"
#include "check/checkunits.h"
#include "config/options.h"

/* Reports an option whose value is not the default. */
static void report_option(struct report *r, const struct options *o,
                          const struct options_row *row)
{
	char number[OPTIONS_NUMBER], usual_number[OPTIONS_NUMBER];
	struct options defaults = {.config = NULL};
	const char *value, *usual;

	if (row->line_only)
		return;
	if (row->fallback)
		(void)options_set(row, &defaults, row->fallback);
	value = options_get(row, o, number);
	usual = options_get(row, &defaults, usual_number);
	if (value && (!usual || strcmp(value, usual) != 0))
		report_say(r, REPORT_OK, "option: %s %s (default: %s)",
		           row->name, value, usual ? usual : "none");
}

static void check_options(struct report *r, const struct options *o)
{
	const char *file = o->config ? o->config : OPTIONS_FILE;
	const struct options_row *row;
	struct stat st;

	if (stat(file, &st) < 0)
		report_say(r, REPORT_OK, "options: no %s", file);
	else if (st.st_uid != 0 && st.st_uid != geteuid())
		report_say(r, REPORT_PROBLEM,
		           "options: uid %ju may write %s; fix: chown root %s",
		           (uintmax_t)st.st_uid, file, file);
	else if (S_ISREG(st.st_mode) && statefile_others_write(&st))
		report_say(r, REPORT_PROBLEM,
		           "options: others may write %s; fix: chmod go-w %s",
		           file, file);
	else
		report_say(r, REPORT_OK, "options: %s", file);
	for (row = options_rows; row->name; row++)
		report_option(r, o, row);
}

static void check_mail_user(struct report *r, const struct options *o)
{
	const char *name = o->mail_user;
	const struct passwd *pw;

	if (!name)
		return;
	pw = getpwnam(name);
	if (!pw)
		report_say(r, REPORT_PROBLEM,
		           "mail user: no account %s; fix: useradd --system %s",
		           name, name);
	else if (pw->pw_uid == 0 || pw->pw_gid == 0)
		report_say(r, REPORT_PROBLEM,
		           "mail user: %s is root, or of its group; fix: "
		           "useradd --system vmail; set mail-user vmail",
		           name);
	else
		report_say(r, REPORT_OK, "mail user: %s, uid %ju", name,
		           (uintmax_t)pw->pw_uid);
}

/* A login makes the same demands: privileges_switch. */
static void check_chroot(struct report *r, const struct options *o)
{
	struct stat st;

	if (!o->chroot)
		return;
	if (stat(o->chroot, &st) < 0)
		report_say(r, REPORT_PROBLEM,
		           "chroot: %s: %s; fix: install -d -o root %s",
		           o->chroot, strerror(errno), o->chroot);
	else if (!S_ISDIR(st.st_mode))
		report_say(r, REPORT_PROBLEM,
		           "chroot: %s is not a directory; fix: set chroot "
		           "in " OPTIONS_FILE,
		           o->chroot);
	else if (st.st_uid != 0 || statefile_others_write(&st))
		report_say(r, REPORT_PROBLEM,
		           "chroot: others than root may write %s; fix: "
		           "install -d -o root -m 755 %s",
		           o->chroot, o->chroot);
	else
		report_say(r, REPORT_OK, "chroot: %s", o->chroot);
}

static void report_mta(struct report *r, const struct checkmta *found)
{
	enum report_level level = REPORT_WARNING;

	if (found->fcntl)
		level = REPORT_OK;
	else if (found->loses_mail)
		level = REPORT_PROBLEM;
	if (found->maildir)
		report_say(r, REPORT_WARNING,
		           "locks: %s delivers to Maildirs, not to mbox "
		           "files; fix: %s",
		           found->program, found->fix);
	else
		report_say(r, level,
		           "locks: %s takes %s; onepop takes fcntl%s; fix: %s",
		           found->program,
		           *found->locks ? found->locks
		                         : "locks it does not name",
		           found->loses_mail ? ": mail may be lost" : "",
		           found->fix);
	if (found->quoting)
		report_say(r, found->forgeable ? REPORT_WARNING : REPORT_OK,
		           "quoting: %s %s; fix: %s", found->program,
		           found->quoting, found->fix);
}

static void check_mta(struct report *r)
{
	struct checkmta found[CHECKMTA_MAX];
	int i, n;

	n = checkmta_find(found);
	for (i = 0; i < n; i++)
		report_mta(r, &found[i]);
	if (n == 0)
		report_say(r, REPORT_OK,
		           "locks: no known mail program is installed");
}

/* Prints the sums, and where to look when a session goes wrong. */
static int print_end(const struct report *r)
{
	(void)printf("problems: %u, warnings: %u", r->problems, r->warnings);
	if (r->unseen)
		(void)printf(", unseen: %u", r->unseen);
	(void)printf("\nthe log: journalctl -t onepop -f; "
	             "sessions: systemctl status 'onepop@*' 'onepops@*'; "
	             "sockets: systemctl list-sockets 'onepop*'\n");
	(void)fflush(stdout);
	return r->problems ? CHECK_PROBLEM : 0;
}

int check_failed(const char *problem, const char *fix)
{
	/* An ordinary user may not be allowed to read the options file. */
	const bool hidden = geteuid() != 0 && strstr(problem, strerror(EACCES));
	struct report r = {0};

	report_say(&r, hidden ? REPORT_UNSEEN : REPORT_PROBLEM, "%s; fix: %s",
	           problem, fix);
	return print_end(&r);
}

/* Gathered before the process becomes the start user. */
static struct {
	struct checkunits units;
	struct checkports ports;
} seen;

void check_begin(void)
{
	checkunits_begin(&seen.units);
	checkunits_ask(&seen.units);
	checkports_find("", &seen.ports);
}

static void check_tls(struct report *r, const struct options *o)
{
	const struct checktls_starts starts = {
		.known = checkunits_any(&seen.units) &&
	                 !checkports_front(&seen.ports, 110),
		.inside = checkunits_tls(&seen.units),
		.front = checkunits_front(&seen.units) ||
	                 checkports_front(&seen.ports, 995),
	};

	checktls_files(r, o, &starts);
}

/* Neither root, nor the user that sessions start as, nor with state here. */
static bool is_ordinary(const struct options *o)
{
	const struct passwd *start = getpwnam(o->start_user);
	struct stat st;

	return geteuid() != 0 && !(start && start->pw_uid == geteuid()) &&
	       !(stat(o->state_dir, &st) == 0 && st.st_uid == geteuid());
}

#define PATIENCE 60 /* seconds for each part, besides --lock-timeout */

/* The part that is being checked, and its end: shared with the child. */
static volatile struct {
	const char *part;
	deadline_t until;
} * now;

static void begin_part(const struct options *o, const char *part)
{
	(void)fflush(stdout);
	now->part = part;
	now->until = deadline_in(PATIENCE + o->lock_timeout);
}

static void check_set_up(struct report *r, const struct options *o,
                         struct checkpam_faillock *faillock)
{
	begin_part(o, "options");
	check_options(r, o);
	check_mail_user(r, o);
	begin_part(o, "PAM");
	checkpam_service(r, o, faillock);
	begin_part(o, "mailboxes");
	checkspool_mailboxes(r, o);
	check_chroot(r, o);
	begin_part(o, "state");
	/* The units' StateDirectory= makes this one. */
	checkstate_directory(r, o,
	                     checkunits_any(&seen.units) &&
	                             strcmp(o->state_dir, OPTIONS_STATE) == 0);
}

static void check_service(struct report *r, const struct options *o)
{
	begin_part(o, "tls");
	check_tls(r, o);
	checkports_report(r, &seen.ports, &seen.units);
	checkunits_report(r, &seen.units, o,
	                  checkports_front(&seen.ports, 110) ||
	                          checkports_front(&seen.ports, 995));
	begin_part(o, "sandbox");
	checksandbox_stages(r, o);
	begin_part(o, "locks");
	check_mta(r);
}

static int check_parts(const struct options *o, const char *user)
{
	struct report r = {.ordinary = is_ordinary(o)};
	struct checkpam_faillock faillock;

	check_set_up(&r, o, &faillock);
	check_service(&r, o);
	begin_part(o, "guessing");
	checkfailures_counting(&r, o, faillock.dir);
	if (*faillock.dir)
		checktally_users(&r, &faillock, user);
	begin_part(o, "mailbox");
	if (user)
		checkmail_user(&r, o, user);
	return print_end(&r);
}

/* A name service or a file system may never answer. */
static int end_child(pid_t child)
{
	(void)kill(child, SIGKILL);
	(void)printf("problem %s: no answer in a minute, and nothing after it "
	             "was checked; fix: see that its name service, file "
	             "system or PAM module answers\n",
	             now->part);
	(void)fflush(stdout);
	return CHECK_PROBLEM;
}

static int wait_for_child(pid_t child, int fd)
{
	struct pollfd ended = {.fd = fd, .events = POLLIN};
	int how = 0;

	while (poll(&ended, 1, deadline_left(now->until)) <= 0)
		if (deadline_left(now->until) == 0)
			return end_child(child);
	(void)waitpid(child, &how, 0);
	if (WIFEXITED(how))
		return WEXITSTATUS(how);
	(void)printf("problem %s: the check was ended by signal %d, and "
	             "nothing after it was checked; fix: see whether a PAM "
	             "module crashes\n",
	             now->part, WTERMSIG(how));
	(void)fflush(stdout);
	return CHECK_PROBLEM;
}

/*
 * A child does the work: a process that waits for a file system takes no
 * signal but SIGKILL.
 */
int check_all(const struct options *o, const char *user)
{
	pid_t child = -1;
	int fd, ret;

	now = mmap(NULL, sizeof(*now), PROT_READ | PROT_WRITE,
	           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (now == MAP_FAILED)
		return check_failed(strerror(errno), "try again");
	begin_part(o, "options");
	child = fork();
	if (child == 0)
		_exit(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0
		              ? EX_OSERR
		              : check_parts(o, user));
	fd = child < 0 ? -1 : pidfd_open(child, 0);
	if (fd < 0)
		return check_failed(strerror(errno), "try again");
	ret = wait_for_child(child, fd);
	(void)close(fd);
	return ret;
}

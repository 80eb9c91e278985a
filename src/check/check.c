/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
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

#include "admin/findings.h"
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
static void report_option(const struct report *r, const struct options *o,
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

static void check_options(const struct report *r, const struct options *o)
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

static void check_mail_user(const struct report *r, const struct options *o)
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
static void check_chroot(const struct report *r, const struct options *o)
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

static void report_mta(const struct report *r, const struct checkmta *found)
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

static void check_mta(const struct report *r)
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

/* Gathered before the process becomes the start user. */
static struct {
	struct checkunits units;
	struct checkports ports;
	bool json;
} seen;

static struct findings findings;

static int end_findings(void)
{
	return findings_end(&findings) > 0 ? CHECK_PROBLEM : 0;
}

int check_failed(const char *problem, const char *fix)
{
	/* An ordinary user may not be allowed to read the options file. */
	const bool hidden = geteuid() != 0 && strstr(problem, strerror(EACCES));

	findings_begin(&findings, seen.json);
	if (hidden)
		findings_add(&findings, REPORT_UNSEEN, problem,
		             "onepopctl check, as root");
	else
		findings_add(&findings, REPORT_PROBLEM, problem, fix);
	return end_findings();
}

void check_begin(bool json)
{
	seen.json = json;
	checkunits_begin(&seen.units);
	checkunits_ask(&seen.units);
	checkports_find("", &seen.ports);
}

static void check_tls(const struct report *r, const struct options *o)
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

static void check_set_up(const struct report *r, const struct options *o,
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

static void check_service(const struct report *r, const struct options *o)
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

static void check_parts(const struct options *o, const char *user)
{
	const struct report r = {.ordinary = is_ordinary(o)};
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
	report_say(&r, REPORT_OK,
	           "where to look: the log: journalctl -t onepop -f; "
	           "sessions: systemctl status 'onepop@*' 'onepops@*'; "
	           "sockets: systemctl list-sockets 'onepop*'");
	(void)fflush(stdout);
}

/* In the child, whose standard output findings.h reads. */
static int run_child(const struct options *o, const char *user, int out)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0)
		return EX_OSERR;
	(void)close(out);
	check_parts(o, user);
	return EX_OK;
}

/* Takes what the child has printed.  Returns whether more may come. */
static bool read_child(int fd)
{
	char buf[4096];
	const ssize_t n = read(fd, buf, sizeof(buf));

	if (n > 0)
		findings_feed(&findings, buf, (size_t)n);
	return n > 0 || (n < 0 && errno == EINTR);
}

static void add_problem(const char *problem, const char *fix)
{
	char text[128];

	(void)snprintf(text, sizeof(text),
	               "%s: %s, and nothing after it was checked", now->part,
	               problem);
	findings_add(&findings, REPORT_PROBLEM, text, fix);
}

/* A name service or a file system may never answer: then it is ended. */
static void watch_child(pid_t child, int child_fd, int in)
{
	struct pollfd p[2] = {{.fd = child_fd, .events = POLLIN},
	                      {.fd = in, .events = POLLIN}};
	int how = 0;

	while (!(p[0].revents & POLLIN)) {
		if (poll(p, 2, deadline_left(now->until)) <= 0 &&
		    deadline_left(now->until) == 0) {
			(void)kill(child, SIGKILL);
			add_problem("no answer in a minute",
			            "see that its name service, file system or "
			            "PAM module answers");
			return;
		}
		if (p[1].revents && !read_child(in))
			p[1].fd = -1;
	}
	(void)waitpid(child, &how, 0);
	/* A process of the user's may still have the other end open. */
	while (fcntl(in, F_SETFL, O_NONBLOCK) == 0 && read_child(in))
		;
	if (!WIFEXITED(how) || WEXITSTATUS(how) != EX_OK)
		add_problem("the check was ended by a signal",
		            "see whether a PAM module crashes");
}

/*
 * A child does the work: a process that waits for a file system takes no
 * signal but SIGKILL.
 */
int check_all(const struct options *o, const char *user)
{
	int fds[2], child_fd;
	pid_t child;

	now = mmap(NULL, sizeof(*now), PROT_READ | PROT_WRITE,
	           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (now == MAP_FAILED || pipe2(fds, O_CLOEXEC) < 0)
		return check_failed(strerror(errno), "try again");
	begin_part(o, "options");
	child = fork();
	if (child == 0)
		_exit(run_child(o, user, fds[1]));
	(void)close(fds[1]);
	child_fd = child < 0 ? -1 : pidfd_open(child, 0);
	if (child_fd < 0)
		return check_failed(strerror(errno), "try again");
	findings_begin(&findings, seen.json);
	watch_child(child, child_fd, fds[0]);
	(void)close(child_fd);
	(void)close(fds[0]);
	return end_findings();
}

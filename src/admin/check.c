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

#include "admin/check.h"

#include "admin/checkfailures.h"
#include "admin/checkmail.h"
#include "admin/checkmta.h"
#include "admin/checkpam.h"
#include "admin/checkports.h"
#include "admin/checksandbox.h"
#include "admin/checkspool.h"
#include "admin/checkstate.h"
#include "admin/checktally.h"
#include "admin/checktls.h"
#include "admin/checkunits.h"
#include "admin/report.h"
#include "base/deadline.h"
#include "base/statefile.h"
#include "config/options.h"

/* The options */

static void say_string(struct report *r, const struct options_row *row,
                       const char *now, const char *usual)
{
	if (now && (!usual || strcmp(now, usual) != 0))
		report_say(r, REPORT_OK, NULL, "option: %s %s (default: %s)",
		           row->name, now,
		           row->fallback ? row->fallback : "none");
}

static void say_number(struct report *r, const struct options_row *row, int now,
                       int usual)
{
	if (now != usual)
		report_say(r, REPORT_OK, NULL, "option: %s %d (default: %s)",
		           row->name, now, row->fallback);
}

static const char *word_at(const struct options_row *row, const char *at)
{
	return row->words[*(const int *)(const void *)at];
}

/* Says an option that is not as by default. */
static void check_option(struct report *r, const struct options *o,
                         const struct options_row *row)
{
	const char *now = (const char *)o + row->at;
	struct options usual;
	const char *at = (const char *)&usual + row->at;

	memset(&usual, 0, sizeof(usual));
	if (row->line_only)
		return;
	if (row->fallback)
		(void)options_set(row, &usual, row->fallback);
	if (row->kind == OPTIONS_WORD)
		say_string(r, row, word_at(row, now), word_at(row, at));
	else if (row->kind == OPTIONS_STRING)
		say_string(r, row, *(const char *const *)(const void *)now,
		           *(const char *const *)(const void *)at);
	else
		say_number(r, row, *(const int *)(const void *)now,
		           *(const int *)(const void *)at);
}

static void check_options(struct report *r, const struct options *o)
{
	const char *file = o->config ? o->config : OPTIONS_FILE;
	const struct options_row *row;
	struct stat st;

	if (stat(file, &st) < 0)
		report_say(r, REPORT_OK, NULL, "options: no %s", file);
	else if (st.st_uid != 0 && st.st_uid != geteuid())
		report_say(r, REPORT_PROBLEM,
		           report_command("chown root", file),
		           "options: uid %ju may write %s",
		           (uintmax_t)st.st_uid, file);
	else if (S_ISREG(st.st_mode) && statefile_others_write(&st))
		report_say(r, REPORT_PROBLEM,
		           report_command("chmod go-w", file),
		           "options: others may write %s", file);
	else
		report_say(r, REPORT_OK, NULL, "options: %s", file);
	for (row = options_rows; row->name; row++)
		check_option(r, o, row);
}

/* Directories and accounts */

static void check_mail_user(struct report *r, const struct options *o)
{
	const char *name = o->mail_user;
	const struct passwd *pw;

	if (!name)
		return;
	pw = getpwnam(name);
	if (!pw)
		report_say(r, REPORT_PROBLEM,
		           report_command("useradd --system", name),
		           "mail user: no account %s", name);
	else if (pw->pw_uid == 0 || pw->pw_gid == 0)
		report_say(r, REPORT_PROBLEM,
		           "useradd --system vmail; set mail-user vmail",
		           "mail user: %s is root, or of its group", name);
	else
		report_say(r, REPORT_OK, NULL, "mail user: %s, uid %ju", name,
		           (uintmax_t)pw->pw_uid);
}

/* The same as a login asks for: privileges_switch. */
static void check_chroot(struct report *r, const struct options *o)
{
	struct stat st;

	if (!o->chroot)
		return;
	if (stat(o->chroot, &st) < 0)
		report_say(r, REPORT_PROBLEM,
		           report_command("install -d -o root", o->chroot),
		           "chroot: %s: %s", o->chroot, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		report_say(r, REPORT_PROBLEM, "set chroot in " OPTIONS_FILE,
		           "chroot: %s is not a directory", o->chroot);
	else if (st.st_uid != 0 || statefile_others_write(&st))
		report_say(
			r, REPORT_PROBLEM,
			report_command("install -d -o root -m 755", o->chroot),
			"chroot: others than root may write %s", o->chroot);
	else
		report_say(r, REPORT_OK, NULL, "chroot: %s", o->chroot);
}

/* The mail programs' locks and quoting */

static void say_mta(struct report *r, const struct checkmta *found)
{
	enum report_level level = REPORT_WARNING;

	if (found->fcntl)
		level = REPORT_OK;
	else if (found->loses_mail)
		level = REPORT_PROBLEM;
	if (found->maildir)
		report_say(r, REPORT_WARNING, found->fix,
		           "locks: %s delivers to Maildirs, not to mbox files",
		           found->program);
	else
		report_say(r, level, found->fix,
		           "locks: %s takes %s; onepop takes fcntl%s",
		           found->program,
		           *found->locks ? found->locks
		                         : "locks it does not name",
		           found->loses_mail ? ": mail may be lost" : "");
	if (found->quoting)
		report_say(r, found->forgeable ? REPORT_WARNING : REPORT_OK,
		           found->fix, "quoting: %s %s", found->program,
		           found->quoting);
}

static void check_mta(struct report *r)
{
	struct checkmta found[CHECKMTA_MAX];
	int i, n;

	n = checkmta_find(found);
	for (i = 0; i < n; i++)
		say_mta(r, &found[i]);
	if (n == 0)
		report_say(r, REPORT_OK, NULL,
		           "locks: no known mail program is installed");
}

/* Sums up, and says where to look when a session goes wrong. */
static int end(const struct report *r)
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

int check_failed(const char *what, const char *fix)
{
	/* An ordinary user may not be allowed to read the options file. */
	const bool hidden = geteuid() != 0 && strstr(what, strerror(EACCES));
	struct report r = {0};

	report_say(&r, hidden ? REPORT_UNSEEN : REPORT_PROBLEM, fix, "%s",
	           what);
	return end(&r);
}

/* What is gathered before the start user is become. */
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

#define PATIENCE 60 /* seconds for each part, and for a mailbox's lock */

/* What is looked at now, and how long: shared with who waits for it. */
static volatile struct {
	const char *part;
	deadline_t until;
} * now;

static void begin(const struct options *o, const char *part)
{
	(void)fflush(stdout);
	now->part = part;
	now->until = deadline_in(PATIENCE + o->lock_timeout);
}

static void check_set_up(struct report *r, const struct options *o,
                         struct checkpam_faillock *faillock)
{
	begin(o, "options");
	check_options(r, o);
	check_mail_user(r, o);
	begin(o, "PAM");
	checkpam_service(r, o, faillock);
	begin(o, "mailboxes");
	checkspool_look(r, o);
	check_chroot(r, o);
	begin(o, "state");
	/* That of the units' StateDirectory= */
	checkstate_directory(r, o,
	                     checkunits_any(&seen.units) &&
	                             strcmp(o->state_dir, OPTIONS_STATE) == 0);
}

static void check_service(struct report *r, const struct options *o)
{
	begin(o, "tls");
	check_tls(r, o);
	checkports_say(r, &seen.ports, &seen.units);
	checkunits_say(r, &seen.units, o,
	               checkports_front(&seen.ports, 110) ||
	                       checkports_front(&seen.ports, 995));
	begin(o, "sandbox");
	checksandbox_stages(r, o);
	begin(o, "locks");
	check_mta(r);
}

static int look(const struct options *o, const char *user)
{
	struct report r = {.ordinary = is_ordinary(o)};
	struct checkpam_faillock faillock;

	check_set_up(&r, o, &faillock);
	check_service(&r, o);
	begin(o, "guessing");
	checkfailures_look(&r, o, faillock.dir);
	if (*faillock.dir)
		checktally_say(&r, &faillock, user);
	begin(o, "mailbox");
	if (user)
		checkmail_user(&r, o, user);
	return end(&r);
}

/* A name service or a file system may never answer. */
static int give_up(pid_t child)
{
	(void)kill(child, SIGKILL);
	(void)printf("problem %s: no answer in a minute, so all else was not "
	             "looked at; fix: see that its name service, file system "
	             "or PAM module answers\n",
	             now->part);
	(void)fflush(stdout);
	return CHECK_PROBLEM;
}

static int wait_for(pid_t child, int fd)
{
	struct pollfd ended = {.fd = fd, .events = POLLIN};
	int how = 0;

	while (poll(&ended, 1, deadline_left(now->until)) <= 0)
		if (deadline_left(now->until) == 0)
			return give_up(child);
	(void)waitpid(child, &how, 0);
	if (WIFEXITED(how))
		return WEXITSTATUS(how);
	(void)printf("problem %s: looking at it was ended by signal %d, so all "
	             "else was not looked at; fix: see whether a PAM module "
	             "crashes\n",
	             now->part, WTERMSIG(how));
	(void)fflush(stdout);
	return CHECK_PROBLEM;
}

/*
 * A child looks: what waits for a file system may be ended, but takes no other
 * signal.
 */
int check_all(const struct options *o, const char *user)
{
	pid_t child = -1;
	int fd, ret;

	now = mmap(NULL, sizeof(*now), PROT_READ | PROT_WRITE,
	           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (now == MAP_FAILED)
		return check_failed(strerror(errno), "try again");
	begin(o, "options");
	child = fork();
	if (child == 0)
		_exit(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0
		              ? EX_OSERR
		              : look(o, user));
	fd = child < 0 ? -1 : pidfd_open(child, 0);
	if (fd < 0)
		return check_failed(strerror(errno), "try again");
	ret = wait_for(child, fd);
	(void)close(fd);
	return ret;
}

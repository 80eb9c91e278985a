/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "check/checkmail.h"

#include "admin/crew.h"
#include "admin/report.h"
#include "auth/shadowfile.h"
#include "base/fileio.h"
#include "base/statename.h"
#include "check/checkelsewhere.h"
#include "check/checkspool.h"
#include "config/account.h"
#include "config/mailpath.h"
#include "config/options.h"
#include "config/username.h"
#include "maildrop/mbox.h"
#include "maildrop/mboxopen.h"
#include "mbox/oddlines.h"
#include "sandbox/privileges.h"
#include "sandbox/sandbox.h"
#include "update/journalstate.h"

#define DAY       86400
#define READ_SIZE 65536
#define LOOK_TIME 600 /* seconds for a mailbox, besides --lock-timeout */

/* The mailbox that is checked. */
struct place {
	const struct options *options;
	const char *user;
	const struct passwd *owner;
	struct mailpath path;
	int dir; /* the administrator's part of the path */
};

/* Returns 0, or -1 with errno. */
static int find_odd_lines(struct mbox *m, struct oddlines *ret)
{
	static char buf[READ_SIZE];
	off_t at = 0;
	ssize_t n;

	memset(ret, 0, sizeof(*ret));
	do {
		n = fileio_pread(*mbox_descriptor(m), buf, sizeof(buf), at);
		if (n > 0)
			oddlines_feed(ret, buf, (size_t)n);
		at += n;
	} while (n > 0 && at < mbox_size(m));
	oddlines_end(ret);
	return n < 0 ? -1 : 0;
}

static void report_odd_kind(const struct report *r, enum oddlines_kind kind,
                            const struct oddlines_found *f)
{
	static const struct {
		const char *problem, *fix;
	} words[ODDLINES_KINDS] = {
		[ODDLINES_UNDATED] = {"lines after a blank one begin with From "
	                              "and have no date, so they are text",
	                              "nothing, if they are text; if they "
	                              "start messages, give them a date"},
		[ODDLINES_TEXT] = {"lines start messages but for the blank "
	                           "line before and the header field behind, "
	                           "which are missing, so they are text",
	                           "nothing, if they are text; if they start "
	                           "messages, put a blank line before them"},
		[ODDLINES_NO_BLANK] = {"messages start without a blank line "
	                               "before them, and some mail programs "
	                               "do not show them",
	                               "nothing, if the mailbox once ended "
	                               "without a blank line; else a sender "
	                               "may have forged them: see MAIL "
	                               "PROGRAMS in onepopctl(8)"},
		[ODDLINES_GLUED] = {"lines start a message in their middle, so "
	                            "it is part of the one before",
	                            "put two line ends before From, while "
	                            "nothing else uses the mailbox"},
		[ODDLINES_LONG] = {"lines have more than 2,048 octets with "
	                           "their ends, where the poplib of Python "
	                           "and ticket systems that use it stop",
	                           "set poplib._MAXLINE = 10**6 in the "
	                           "program that fetches the mail"},
	};
	char places[96] = "";
	uint32_t i;
	size_t n;

	for (i = 0; i < f->count && i < ODDLINES_FIRST; i++) {
		n = strlen(places);
		(void)snprintf(places + n, sizeof(places) - n, " %jd",
		               (intmax_t)f->first[i]);
	}
	if (f->count > 0)
		report_say(r, REPORT_WARNING,
		           "mailbox: %" PRIu32
		           " %s; the first at octets%s; fix: %s",
		           f->count, words[kind].problem, places,
		           words[kind].fix);
}

static void report_odd_lines(const struct report *r, struct mbox *m)
{
	static struct oddlines o;
	int kind;

	if (find_odd_lines(m, &o) < 0) {
		report_say(r, REPORT_PROBLEM,
		           "mailbox: %s; fix: look at its file system",
		           strerror(errno));
		return;
	}
	for (kind = 0; kind < ODDLINES_KINDS; kind++)
		report_odd_kind(r, (enum oddlines_kind)kind, &o.found[kind]);
	if (o.unended)
		report_say(r, REPORT_WARNING,
		           "mailbox: its last line has no end, and a program "
		           "that appends mail may join it to that line; fix: "
		           "echo >>the mailbox, while nothing else uses it");
}

/*
 * Returns the Content-Length, or -1.  Only the first READ_SIZE octets of a
 * header are read.
 */
static long long read_content_length(struct mbox *m,
                                     const struct mbox_message *msg)
{
	static const char field[] = "\nContent-Length:";
	static char header[READ_SIZE];
	off_t n = msg->body - msg->text + 1;
	const char *p;

	n = n < READ_SIZE - 1 ? n : READ_SIZE - 1;
	n = fileio_pread(*mbox_descriptor(m), header, (size_t)n, msg->text - 1);
	header[n < 0 ? 0 : n] = '\0';
	p = strcasestr(header, field);
	return p ? strtoll(p + sizeof(field) - 1, NULL, 10) : -1;
}

/*
 * Programs that do not quote From_ lines write lengths.  Where one reaches
 * beyond its message, a line that begins with From has split the mail.
 */
static void report_lengths(const struct report *r, struct mbox *m)
{
	struct mbox_message message, next;
	uint32_t i, split = 0;

	for (i = 0; i + 1 < mbox_count(m); i++)
		split += mbox_message(m, i, &message) == MBOX_OK &&
		         message.flagged &&
		         mbox_message(m, i + 1, &next) == MBOX_OK &&
		         read_content_length(m, &message) >
		                 next.start - message.body;
	if (split > 0)
		report_say(r, REPORT_WARNING,
		           "mailbox: %" PRIu32
		           " messages have a Content-Length that reaches "
		           "beyond them: dovecot-lda or an IMAP server wrote "
		           "a line that begins with From, which split the "
		           "mail, or the length is wrong; fix: let a program "
		           "deliver that quotes lines which begin with From "
		           "(see onepopctl(8))",
		           split);
}

static void report_messages(const struct report *r, struct mbox *m)
{
	const uint32_t count = mbox_count(m), hidden = mbox_hidden(m);
	struct mbox_message message;
	uint32_t i, shared = 0;

	for (i = 0; i < count; i++)
		shared += mbox_message(m, i, &message) == MBOX_OK &&
		          message.duplicate == 2;
	report_say(r, REPORT_OK, "mailbox: %" PRIu32 " messages, %jd octets",
	           count - hidden, (intmax_t)mbox_octets(m));
	if (hidden)
		report_say(r, REPORT_OK,
		           "mailbox: another program's pseudo message is kept "
		           "and hidden");
	if (shared > 0)
		report_say(r, REPORT_OK,
		           "mailbox: %" PRIu32
		           " unique-ids are of more than one message, and "
		           "numbered",
		           shared);
}

static void report_refusal(const struct report *r, const struct mbox *m,
                           enum mbox_status status)
{
	static const char *const fixes[] = {
		[MBOX_BUSY] = "see which one, with lsof or lslocks; a .lock "
			      "file whose program is gone may be removed",
		[MBOX_CHANGED] = "try again",
		[MBOX_NOT_MBOX] = "see THE MAILBOX in onepop(8); its first "
				  "line is to be such as: From - Mon Nov 23 "
				  "10:00:00 2026",
		[MBOX_UNSAFE] =
			"make it a file of the user's own, 0600, with "
			"one link, in a directory that the user may search",
		[MBOX_ERROR] = "look at its permissions and file system",
	};

	report_say(r, REPORT_PROBLEM, "mailbox: %s; fix: %s",
	           mbox_problem(m, status), fixes[status]);
}

/* As a session does before it reads.  Reports a problem and returns false. */
static bool confine_check(const struct report *r, const struct place *p,
                          struct mbox *mbox)
{
	const struct sandbox_files files = {.mailbox = mbox_descriptor(mbox)};
	const char *problem;

	problem = sandbox_mail(p->options, &files);
	if (problem)
		report_say(r, REPORT_PROBLEM,
		           "sandbox: after login: %s: %s; fix: see sandbox in "
		           "onepop.conf(5)",
		           problem, strerror(errno));
	return !problem;
}

/* Checks the mode; and, for an empty mailbox, whether mail is elsewhere. */
static void check_mailbox_file(const struct report *r, const struct place *p,
                               int fd)
{
	struct stat st = {.st_size = 0};

	if (fd >= 0 && fstat(fd, &st) < 0)
		return;
	if (fd >= 0 && !checkspool_is_flat(p->options->mailbox))
		checkspool_file(r, p->path.path, &st);
	if (st.st_size == 0 && !p->options->chroot)
		checkelsewhere_places(r, p->user, p->owner->pw_dir,
		                      p->path.path);
}

/* Reports what is in the mailbox, or why it cannot be served. */
static void check_mailbox(const struct report *r, const struct place *p)
{
	enum mbox_status status;
	struct mbox *m;

	m = mbox_new(p->options->lock_timeout, p->options->network_mailbox);
	if (!m) {
		report_say(r, REPORT_PROBLEM,
		           "mailbox: %s; fix: free some memory",
		           strerror(errno));
		return;
	}
	status = mbox_open(m, p->dir, p->path.path + p->path.admin + 1,
	                   geteuid());
	check_mailbox_file(r, p, *mbox_descriptor(m));
	if (status == MBOX_OK && *mbox_descriptor(m) < 0) {
		report_say(r, REPORT_OK, "mailbox: no file, so no messages");
		return;
	}
	if (!confine_check(r, p, m))
		return;
	if (status == MBOX_OK)
		status = mbox_scan(m, false);
	if (status == MBOX_OK) {
		report_messages(r, m);
		report_odd_lines(r, m);
		report_lengths(r, m);
	} else {
		report_refusal(r, m, status);
	}
	mbox_free(m);
}

/* In the child. */
static int check_as_owner(void *with)
{
	const struct place *p = with;
	const struct passwd *pw = p->owner;
	struct report r = {0};
	const char *problem;

	problem = privileges_switch(pw->pw_uid, pw->pw_gid, p->options->chroot);
	if (!problem && crew_bind() < 0)
		problem = "PR_SET_PDEATHSIG";
	if (problem)
		report_say(&r, REPORT_PROBLEM,
		           "mailbox: cannot become %s: %s: %s; fix: run the "
		           "check as root; see the lines of the mail user and "
		           "of chroot",
		           pw->pw_name, problem, strerror(errno));
	else
		check_mailbox(&r, p);
	(void)fflush(stdout);
	return 0;
}

/* The user can end the child, or stop it. */
static void report_end(void *to, const char *name, int how)
{
	const struct report *r = to;

	(void)name;
	if (how == CREW_KILLED)
		report_say(r, REPORT_PROBLEM,
		           "mailbox: looking at it was ended by a signal; "
		           "fix: try again; if the user has not ended it, "
		           "report a bug");
	else if (how == CREW_OVERDUE)
		report_say(r, REPORT_PROBLEM,
		           "mailbox: looking at it takes too long; fix: make "
		           "sure that the user stops no processes and the "
		           "file system answers");
}

static void check_in_child(const struct report *r, struct place *p)
{
	static struct crew crew;
	struct report own = *r;

	p->dir = mailpath_directory(p->path.path, p->path.admin);
	if (p->dir < 0) {
		report_say(r, REPORT_PROBLEM,
		           "mailbox: its directory: %s; fix: set mailbox "
		           "in " OPTIONS_FILE ", or make that directory",
		           strerror(errno));
		return;
	}
	(void)fflush(stdout);
	crew_init(&crew, report_end, &own);
	if (crew_start(&crew, p->path.path,
	               deadline_in(p->options->lock_timeout + LOOK_TIME),
	               check_as_owner, p) < 0)
		report_say(r, REPORT_PROBLEM, "mailbox: %s; fix: try again",
		           strerror(errno));
	crew_wait(&crew, 0);
	(void)close(p->dir);
}

static enum journalstate read_journal(const struct place *p)
{
	enum journalstate found;
	char file[NAME_MAX + 1];
	int dir;

	statename_make(file, p->path.state, strlen(p->path.state),
	               STATENAME_JOURNAL);
	dir = open(p->options->state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? JOURNALSTATE_NONE : JOURNALSTATE_BAD;
	found = journalstate_look(dir, file);
	(void)close(dir);
	return found;
}

static void report_journal(const struct report *r, const struct place *p)
{
	switch (read_journal(p)) {
	case JOURNALSTATE_PENDING:
		report_say(r, REPORT_WARNING,
		           "mailbox: an update was interrupted, so it may be "
		           "neither old nor new; fix: onepopctl recover; the "
		           "user's next login does it too");
		break;
	case JOURNALSTATE_ASIDE:
		report_say(r, REPORT_PROBLEM,
		           "mailbox: the user can delete nothing: its journal "
		           "%s%s was set aside; fix: see the lines of the "
		           "state directory",
		           p->path.state, STATENAME_JOURNAL);
		break;
	case JOURNALSTATE_IN_USE:
		report_say(r, REPORT_OK, "mailbox: a session is using it");
		break;
	case JOURNALSTATE_BAD:
		report_say(r, REPORT_WARNING | REPORT_PRIVATE,
		           "mailbox: its journal %s%s: %s; fix: see the lines "
		           "of the state directory",
		           p->path.state, STATENAME_JOURNAL, strerror(errno));
		break;
	default:
		report_say(r, REPORT_OK, "mailbox: no update is pending");
		break;
	}
}

/*
 * PAM refuses an expired account or password, whatever shadow(5) says else; -1
 * is none.  PAM is not asked: its account lines may reset the count of failed
 * logins.
 */
static void report_expiry(const struct report *r, const char *user)
{
	const long today = (long)(time(NULL) / DAY);
	struct shadowfile_line line;
	struct spwd sp;

	if (shadowfile_find(user, &sp, &line) < 0)
		return;
	explicit_bzero(&line, sizeof(line));
	if (sp.sp_expire >= 0 && sp.sp_expire <= today)
		report_say(r, REPORT_WARNING,
		           "user: the account of %s has expired: the user may "
		           "not log in; fix: if it should not: chage -E -1 %s",
		           user, user);
	else if (sp.sp_lstchg > 0 && sp.sp_max >= 0 &&
	         sp.sp_lstchg + sp.sp_max < today)
		report_say(r, REPORT_WARNING,
		           "user: the password of %s has expired: the user "
		           "may not log in; fix: set a new password, or chage "
		           "-M -1 %s",
		           user, user);
}

void checkmail_user(const struct report *r, const struct options *o,
                    const char *login)
{
	char user[USERNAME_OCTETS + 1];
	const char *account = o->mail_user ? o->mail_user : user;
	struct place p = {.options = o, .user = user};
	const char *problem;

	if (!username_fill(user, o->account, login)) {
		report_say(
			r, REPORT_PROBLEM,
			"user: %s cannot log in: --account %s makes no "
			"login name of it; fix: set account in " OPTIONS_FILE,
			login, o->account);
		return;
	}
	if (strcmp(user, login) != 0)
		report_say(r, REPORT_OK, "user: %s is let in as %s", login,
		           user);
	if (account_is_root(user)) {
		report_say(r, REPORT_PROBLEM,
		           "user: %s is root, who may not log in; fix: have "
		           "root's mail sent to a user",
		           user);
		return;
	}
	p.owner = getpwnam(account);
	if (!p.owner) {
		report_say(r, REPORT_PROBLEM,
		           "user: no account %s; fix: correct the name, or "
		           "set mail-user in " OPTIONS_FILE,
		           account);
		return;
	}
	problem = mailpath_fill(&p.path, o->mailbox, user, p.owner->pw_dir);
	if (problem) {
		report_say(r, REPORT_PROBLEM,
		           "user %s: %s; fix: set mailbox in " OPTIONS_FILE,
		           user, problem);
		return;
	}
	if (mailpath_is_outside(o->mailbox, o->home_dirs, p.owner->pw_dir)) {
		report_say(r, REPORT_PROBLEM,
		           "user %s: the home %s is outside of --home-dirs "
		           "%s; fix: add its directory to home-dirs in "
		           "/etc/onepop.conf",
		           user, p.owner->pw_dir, o->home_dirs);
		return;
	}
	report_say(r, REPORT_OK, "user: %s, as %s; mailbox %s", user,
	           p.owner->pw_name, p.path.path);
	if (r->ordinary && p.owner->pw_uid != geteuid()) {
		report_say(r, REPORT_UNSEEN, "mailbox: what is in it");
		return;
	}
	if (!o->mail_user)
		report_expiry(r, user);
	report_journal(r, &p);
	check_in_child(r, &p);
}

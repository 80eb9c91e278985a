/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "admin/crew.h"
#include "admin/mailbox.h"
#include "admin/recover.h"
#include "base/log.h"
#include "base/statefile.h"
#include "base/statename.h"
#include "config/mailpath.h"
#include "config/options.h"
#include "maildrop/mbox.h"
#include "maildrop/mboxopen.h"
#include "sandbox/privileges.h"
#include "sandbox/sandbox.h"
#include "update/journal.h"
#include "update/journalstate.h"
#include "update/record.h"
#include "update/sessions.h"

#define LOCK_TIME 1  /* seconds until a check unlocks a journal */
#define WORK_TIME 60 /* seconds for a mailbox, besides --lock-timeout */
#define TIDY_TIME 60 /* seconds for the state of mailboxes that are gone */

/* A mailbox that has a journal. */
struct mailbox {
	const struct options *options;
	const char *file; /* its journal's name */
	char path[PATH_MAX];
	size_t admin;  /* as mailpath.h has it */
	int directory; /* the administrator's part of the path */
	struct journal journal;
	uid_t uid;
	gid_t gid;
};

/* One run of recover_all. */
struct run {
	const struct options *options;
	int dir;       /* the state directory */
	DIR *journals; /* the same */
	bool done;     /* nothing was left undone */
	struct crew crew;
};

/* Returns false, as all that log a problem of a mailbox. */
static bool log_problem(const char *mailbox, const char *problem)
{
	log_begin(LOG_MAILBOX_ERROR);
	log_path("reason", problem);
	log_path("mailbox", mailbox);
	log_end();
	return false;
}

/* Logs errno of a step, or of a path. */
static bool log_errno(const struct mailbox *m, const char *step)
{
	char problem[PATH_MAX + 80];

	(void)snprintf(problem, sizeof(problem), "%s: %s", step,
	               strerrordesc_np(errno));
	return log_problem(m->path, problem);
}

/* Logs errno of the journal. */
static bool log_journal_errno(const struct mailbox *m)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", m->options->state_dir,
	               m->file);
	return log_errno(m, path);
}

/* Returns whether this is the mailbox of the account. */
static bool is_mailbox_of(const struct mailbox *m, const struct passwd *pw)
{
	struct mailpath p;

	return pw &&
	       !mailpath_fill(&p, m->options->mailbox, pw->pw_name,
	                      pw->pw_dir) &&
	       strcmp(p.path, m->path) == 0;
}

/* A uid may have several names, each with a home. */
static const struct passwd *find_by_uid(const struct mailbox *m, uid_t uid)
{
	const struct passwd *pw;

	pw = getpwuid(uid);
	if (is_mailbox_of(m, pw))
		return pw;
	setpwent();
	do
		pw = getpwent();
	while (pw && (pw->pw_uid != uid || !is_mailbox_of(m, pw)));
	endpwent();
	return pw;
}

/*
 * Finds the account whose login leads to this path.  If the path has no user
 * name in it, or only in lower case, tries the file's owner: the owner is right
 * if the name service and --mailbox lead to the same path.  Returns NULL where
 * there is none.
 */
static const struct passwd *find_login_account(const struct mailbox *m,
                                               const char **problem)
{
	const struct passwd *pw;
	char user[USERNAME_OCTETS + 1];
	struct stat st;
	int told;

	told = mailbox_user(m->options->mailbox, m->path, user);
	pw = told < 0 ? NULL : getpwnam(user);
	if (is_mailbox_of(m, pw))
		return pw;
	if (told == 0)
		return NULL;
	if (lstat(m->path, &st) == 0)
		return find_by_uid(m, st.st_uid);
	*problem = strerrordesc_np(errno);
	return NULL;
}

static bool find_owner(struct mailbox *m)
{
	const char *mail_user = m->options->mail_user;
	const char *problem =
		"no user has this mailbox; fix: "
		"set mailbox in " OPTIONS_FILE ", or restore the account";
	const struct passwd *pw;

	if (mail_user) {
		problem = "there is no such --mail-user; fix: make the "
			  "account, with useradd --system";
		pw = getpwnam(mail_user);
	} else {
		pw = find_login_account(m, &problem);
	}
	if (!pw)
		return log_problem(m->path, problem);
	if (mailpath_is_outside(m->options->mailbox, m->options->home_dirs,
	                        pw->pw_dir))
		return log_problem(
			m->path,
			"the home directory is outside of --home-dirs");
	m->uid = pw->pw_uid;
	m->gid = pw->pw_gid;
	return true;
}

/* Nothing more can be opened after it.  Returns NULL, or the problem. */
static const char *confine_recovery(struct mailbox *m, struct mbox *mbox)
{
	const int keep[] = {log_descriptor()};
	const struct sandbox_files files = {
		.keep = keep,
		.n = sizeof(keep) / sizeof(keep[0]),
		.mailbox = mbox_descriptor(mbox),
		.journal = &m->journal.fd,
	};

	return sandbox_mail(m->options, &files);
}

/* From here on the user can stop or end this process: see crew.h. */
static const char *become_owner(const struct mailbox *m)
{
	const char *problem;

	problem = privileges_switch(m->uid, m->gid, m->options->chroot);
	if (!problem && crew_bind() < 0)
		problem = "PR_SET_PDEATHSIG";
	return problem;
}

/* Logs a step that did not end well.  Returns whether it did. */
static bool is_well(const struct mailbox *m, struct mbox *mbox,
                    enum mbox_status status)
{
	if (status == MBOX_OK)
		return true;
	if (status == MBOX_ERROR && mbox_failed_file(mbox, &m->journal))
		return log_journal_errno(m);
	return log_problem(m->path, mbox_problem(mbox, status));
}

static enum recovery recover_mbox(struct mailbox *m, struct mbox *mbox)
{
	const char *path = m->path + m->admin + 1, *problem;
	enum recovery result;

	if (!is_well(m, mbox, mbox_open(mbox, m->directory, path, m->uid)))
		return RECOVERY_ERROR;
	problem = confine_recovery(m, mbox);
	if (problem) {
		(void)log_errno(m, problem);
		return RECOVERY_ERROR;
	}
	if (!is_well(m, mbox, mbox_recover(mbox, &m->journal, &result)))
		return RECOVERY_ERROR;
	return result;
}

static enum recovery recover_as_owner(struct mailbox *m)
{
	enum recovery result = RECOVERY_ERROR;
	const char *problem;
	struct mbox *mbox;

	mbox = mbox_new(m->options->lock_timeout, m->options->network_mailbox);
	problem = mbox ? become_owner(m) : "malloc";
	if (problem)
		(void)log_errno(m, problem);
	else
		result = recover_mbox(m, mbox);
	mbox_free(mbox);
	return result;
}

/*
 * Runs in a child.  Only children follow the path: it may lead into a file
 * system that the user has mounted and that does not answer.
 */
static int recover_child(void *with)
{
	struct mailbox *m = with;

	if (mailbox_is_gone(m->path))
		return RECOVERY_KEPT;
	if (!find_owner(m))
		return RECOVERY_ERROR;
	m->directory = mailpath_directory(m->path, m->admin);
	if (m->directory >= 0)
		return recover_as_owner(m);
	(void)log_problem(m->path, strerrordesc_np(errno));
	return RECOVERY_ERROR;
}

/*
 * Starts a child for the mailbox: once it has become the owner it cannot go
 * back.  The child has the journal locked until it ends.
 */
static bool start_recovery(struct run *run, struct mailbox *m)
{
	const int time = m->options->lock_timeout + WORK_TIME;

	if (crew_start(&run->crew, m->path, deadline_in(time), recover_child,
	               m) == 0)
		return true;
	return log_problem(m->path, strerrordesc_np(errno));
}

/* The exit status may be the user's choice, if the user took over the child. */
static void log_end_of_child(void *to, const char *path, int how)
{
	struct run *run = to;

	if (how == CREW_OVERDUE)
		(void)log_problem(path,
		                  "recovery takes too long: the mailbox is "
		                  "left to the user's next login; fix: make "
		                  "sure that its file system answers");
	else if (how < 0 || how > RECOVERY_ERROR)
		(void)log_problem(
			path, "recovery was killed; fix: onepopctl recover");
	else
		recovery_log((enum recovery)how, path, "", "");
	if (how < 0 || how >= RECOVERY_KEPT)
		run->done = false;
}

/* The index first: only the journal leads to it. */
static int remove_state(int dir, const char *journal)
{
	char index[NAME_MAX + 1];

	statename_make(index, journal, statename_of_journal(journal),
	               STATENAME_INDEX);
	if (unlinkat(dir, index, 0) < 0 && errno != ENOENT)
		return -1;
	return unlinkat(dir, journal, 0);
}

/* Acts while the journal is locked, so that no session uses the mailbox. */
typedef bool locked_fn(struct run *run, struct mailbox *m);

static bool recover_locked(struct run *run, struct mailbox *m)
{
	bool idle;

	if (m->journal.aside)
		return true; /* onepopctl check says what to do */
	idle = record_idle(&m->journal);
	record_trim(&m->journal);
	return idle || start_recovery(run, m);
}

static bool tidy_locked(struct run *run, struct mailbox *m)
{
	if (m->journal.aside || !record_idle(&m->journal) ||
	    !mailbox_is_gone(m->path) || !mailbox_is_mounted(m->path) ||
	    remove_state(run->dir, m->file) == 0)
		return true;
	return log_errno(m, m->options->state_dir);
}

/*
 * A session that has the journal locked finishes the update itself.  Any other
 * holder is an onepopctl check (journalstate.h), which lets go within
 * milliseconds: wait for it.
 */
static int open_journal(struct mailbox *m, int dir, const char *file,
                        const char *state)
{
	if (journal_open(&m->journal, dir, state, deadline_now()) == 0)
		return 0;
	if (errno != EWOULDBLOCK ||
	    journalstate_look(dir, file) == JOURNALSTATE_IN_USE)
		return -1;
	return journal_open(&m->journal, dir, state, deadline_in(LOCK_TIME));
}

/* Returns whether there is an update to finish, without waiting. */
static bool is_unfinished(const struct run *run, const char *file)
{
	const enum journalstate state = journalstate_look(run->dir, file);

	return state == JOURNALSTATE_PENDING || state == JOURNALSTATE_BAD;
}

/* State of another --mailbox than today's is harmless where it is finished. */
static bool leave_odd(const struct run *run, const char *file)
{
	if (!is_unfinished(run, file))
		return true;
	log_error(LOG_MAILBOX_ERROR,
	          "%s/%s: no mailbox has state of this name; fix: set mailbox "
	          "in " OPTIONS_FILE ", or remove the file",
	          run->options->state_dir, file);
	return false;
}

/* Finds the mailbox of a journal.  Returns 0, or -1. */
static int find_mailbox(struct mailbox *m, const struct run *run,
                        const char *file, char state[static NAME_MAX + 1])
{
	const struct options *o = run->options;

	*m = (struct mailbox){.options = o, .file = file};
	(void)snprintf(state, NAME_MAX + 1, "%.*s",
	               (int)statename_of_journal(file), file);
	m->admin = mailpath_admin(o->mailbox);
	return mailbox_path(o->mailbox, state, strlen(state), m->path);
}

/* Returns false where something was left undone. */
static bool act_locked(struct run *run, struct mailbox *m, const char *state,
                       locked_fn *act)
{
	bool done;

	if (open_journal(m, run->dir, m->file, state) < 0) {
		if (errno == EWOULDBLOCK)
			return true;
		return log_journal_errno(m);
	}
	done = act(run, m);
	journal_close(&m->journal);
	return done;
}

typedef bool journal_fn(struct run *run, const char *file);

static bool recover_one(struct run *run, const char *file)
{
	char state[NAME_MAX + 1];
	struct mailbox m;

	if (find_mailbox(&m, run, file, state) < 0)
		return leave_odd(run, file);
	return act_locked(run, &m, state, recover_locked);
}

static bool tidy_one(struct run *run, const char *file)
{
	char state[NAME_MAX + 1];
	struct mailbox m;

	return find_mailbox(&m, run, file, state) < 0 ||
	       !mailbox_is_gone(m.path) ||
	       act_locked(run, &m, state, tidy_locked);
}

/*
 * Does nothing where a session uses the mailbox or there is nothing to finish:
 * a user can kill sessions as often as they like.
 */
static bool recover_session(struct run *run, const char *id)
{
	const struct options *o = run->options;
	char file[NAME_MAX + 1], name[STATENAME_SIZE];

	if (sessions_find(o->run_dir, id, name) < 0)
		return true;
	statename_make(file, name, strlen(name), STATENAME_JOURNAL);
	return !is_unfinished(run, file) || recover_one(run, file);
}

static bool for_each_journal(struct run *run, journal_fn *act)
{
	const struct dirent *entry;
	bool done = true;

	rewinddir(run->journals);
	while ((entry = readdir(run->journals)))
		if (statename_of_journal(entry->d_name) > 0 &&
		    !act(run, entry->d_name))
			done = false;
	return done;
}

static int tidy_child(void *with)
{
	return for_each_journal(with, tidy_one) ? 0 : 1;
}

static void log_tidied(void *to, const char *state_dir, int how)
{
	struct run *run = to;

	if (how == CREW_OVERDUE)
		log_error(LOG_MAILBOX_ERROR,
		          "%s: the state of mailboxes that are gone stays: "
		          "looking for them takes too long; fix: find the "
		          "mailbox or home whose file system does not answer",
		          state_dir);
	if (how != 0)
		run->done = false;
}

/*
 * Removes the state of mailboxes that are gone.  One child does it for all of
 * them: if it is held up, nothing is lost.
 */
static bool tidy(struct run *run)
{
	const char *dir = run->options->state_dir;

	crew_init(&run->crew, log_tidied, run);
	if (crew_start(&run->crew, dir, deadline_in(TIDY_TIME), tidy_child,
	               run) < 0) {
		log_error(LOG_MAILBOX_ERROR, "%s: %m", dir);
		return false;
	}
	crew_wait(&run->crew, 0);
	return true;
}

int recover_all(const struct options *o, const char *id)
{
	static struct run run;
	bool done;

	run = (struct run){.options = o, .done = true};
	crew_init(&run.crew, log_end_of_child, &run);
	run.dir = statefile_directory(o->state_dir);
	if (run.dir >= 0)
		run.journals = fdopendir(run.dir);
	if (!run.journals) {
		log_error(LOG_SETUP_ERROR, "%s: %m", o->state_dir);
		return EX_CONFIG;
	}
	done = id ? recover_session(&run, id)
	          : for_each_journal(&run, recover_one);
	crew_wait(&run.crew, 0);
	if (!id && !tidy(&run))
		done = false;
	(void)closedir(run.journals);
	return done && run.done ? EX_OK : EX_TEMPFAIL;
}

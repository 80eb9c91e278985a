#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "checkjournal.h"
#include "journal.h"
#include "log.h"
#include "mailpath.h"
#include "mbox.h"
#include "options.h"
#include "privileges.h"
#include "record.h"
#include "recover.h"
#include "sandbox.h"
#include "statefile.h"

#define INDEX ".index"

#define LOOK_TIME 1 /* seconds, for who looks at a journal */

/* A mailbox whose journal is being looked at. */
struct mailbox {
	const struct options *options;
	char path[PATH_MAX];
	size_t admin; /* as mailpath.h has it */
	struct journal journal;
	uid_t uid;
	gid_t gid;
};

static bool fail(const struct mailbox *m, const char *what)
{
	log_begin(LOG_MAILBOX_ERROR);
	log_quoted("reason", what);
	log_quoted("mailbox", m->path);
	log_end();
	return false;
}

/*
 * Whose mailbox is it?  Its file's owner is only asked for; it counts where
 * the name service and the pattern agree that such a mailbox is his.
 */
static bool find_owner(struct mailbox *m)
{
	const struct options *o = m->options;
	const struct passwd *pw;
	struct mailpath p;
	struct stat st;

	if (o->mail_user) {
		pw = getpwnam(o->mail_user);
	} else {
		if (lstat(m->path, &st) < 0)
			return fail(m, strerrordesc_np(errno));
		pw = getpwuid(st.st_uid);
		if (!pw ||
		    mailpath_fill(&p, o->mailbox, pw->pw_name, pw->pw_dir) ||
		    strcmp(p.path, m->path) != 0)
			return fail(m, "no user has this mailbox");
	}
	if (!pw)
		return fail(m, "there is no such --mail-user");
	m->uid = pw->pw_uid;
	m->gid = pw->pw_gid;
	return true;
}

/* All is open: nothing else is any more.  Returns NULL, or what failed. */
static const char *close_in(const struct mailbox *m, int mbox)
{
	const int keep[] = {log_descriptor(), m->journal.fd, mbox};

	return sandbox_mail(m->options, keep, sizeof(keep) / sizeof(keep[0]));
}

/* In the child: as the owner, opens the mailbox and does the work. */
static enum recovery recover_as_owner(struct mailbox *m, int dir)
{
	enum recovery result = RECOVERY_ERROR;
	const char *path = m->path + m->admin + 1, *why;
	struct mbox mbox;

	mbox_init(&mbox);
	mbox.lock_timeout = m->options->lock_timeout;
	mbox.network = m->options->network_mailbox;
	why = privileges_switch(m->uid, m->gid, m->options->chroot);
	if (!why)
		why = mbox_reason(&mbox, mbox_open(&mbox, dir, path, m->uid));
	if (!why)
		why = close_in(m, mbox.fd);
	if (!why)
		why = mbox_reason(&mbox,
		                  mbox_recover(&mbox, &m->journal, &result));
	if (why)
		(void)fail(m, why);
	else if (result == RECOVERY_FOREIGN)
		journal_set_aside(&m->journal);
	mbox_close(&mbox);
	return result;
}

/* A child for each: it can not come back from being the owner. */
static pid_t start_child(struct mailbox *m)
{
	pid_t child;
	int dir;

	dir = mailpath_directory(m->path, m->admin);
	if (dir < 0)
		return -1;
	child = fork();
	if (child == 0)
		_exit(recover_as_owner(m, dir));
	(void)close(dir);
	return child;
}

static bool recover_in_child(struct mailbox *m)
{
	enum recovery done;
	pid_t child;
	int status;

	child = start_child(m);
	if (child < 0 || TEMP_FAILURE_RETRY(waitpid(child, &status, 0)) < 0)
		return fail(m, strerrordesc_np(errno));
	if (!WIFEXITED(status))
		return fail(m, "recovery was killed");
	done = (enum recovery)WEXITSTATUS(status);
	recovery_log(done, m->path, NULL);
	return done != RECOVERY_ERROR && done != RECOVERY_WAITS;
}

/* The index first: the journal is what tells of it. */
static int remove_state(int dir, const char *journal)
{
	char index[NAME_MAX + 1];

	(void)snprintf(index, sizeof(index), "%.*s" INDEX,
	               (int)(strlen(journal) - strlen(CHECKJOURNAL_SUFFIX)),
	               journal);
	if (unlinkat(dir, index, 0) < 0 && errno != ENOENT)
		return -1;
	return unlinkat(dir, journal, 0);
}

/* The journal is locked: nobody is in a session. */
static bool recover_locked(struct mailbox *m, int state_dir, const char *file)
{
	bool idle = record_idle(&m->journal), gone = mailpath_is_gone(m->path);

	record_trim(&m->journal);
	if (!idle && !gone)
		return find_owner(m) && recover_in_child(m);
	if (!idle) {
		recovery_log(RECOVERY_WAITS, m->path, NULL);
		return false;
	}
	if (gone && mailpath_is_mounted(m->path) &&
	    remove_state(state_dir, file) < 0)
		return fail(m, "its state could not be removed");
	return true;
}

/*
 * A session does itself what is to be done, and is not waited for.  Who has
 * the journal locked otherwise only looks (checkjournal.h), and goes soon.
 */
static int open_journal(struct mailbox *m, int dir, const char *file,
                        const char *state)
{
	if (journal_open(&m->journal, dir, state, deadline_now()) == 0)
		return 0;
	if (errno != EWOULDBLOCK ||
	    checkjournal_look(dir, file) == CHECKJOURNAL_IN_USE)
		return -1;
	return journal_open(&m->journal, dir, state, deadline_in(LOOK_TIME));
}

/* A pattern that was changed leaves state behind, which is no harm. */
static bool leave_odd(const struct mailbox *m, int state_dir, const char *file)
{
	switch (checkjournal_look(state_dir, file)) {
	case CHECKJOURNAL_PENDING:
	case CHECKJOURNAL_BAD:
		return fail(m, "no mailbox has state of this name");
	default:
		return true;
	}
}

/* Returns false where something was left undone. */
static bool recover_one(const struct options *o, int state_dir,
                        const char *file)
{
	struct mailbox m = {.options = o};
	char state[NAME_MAX + 1];
	bool done;

	(void)snprintf(state, sizeof(state), "%.*s",
	               (int)(strlen(file) - strlen(CHECKJOURNAL_SUFFIX)), file);
	m.admin = mailpath_admin(o->mailbox);
	if (mailpath_of_state(o->mailbox, state, strlen(state), m.path) < 0)
		return leave_odd(&m, state_dir, file);
	if (open_journal(&m, state_dir, file, state) < 0) {
		if (errno == EWOULDBLOCK)
			return true;
		return fail(&m, "its state cannot be opened");
	}
	done = recover_locked(&m, state_dir, file);
	journal_close(&m.journal);
	return done;
}

int recover_all(const struct options *o)
{
	const struct dirent *entry;
	bool done = true;
	DIR *dir = NULL;
	int fd;

	fd = statefile_directory(o->state_dir);
	if (fd >= 0)
		dir = fdopendir(fd);
	if (!dir) {
		log_error(LOG_SETUP_ERROR, "%s: %m", o->state_dir);
		return EX_CONFIG;
	}
	while ((entry = readdir(dir)))
		if (checkjournal_is(entry->d_name) &&
		    !recover_one(o, dirfd(dir), entry->d_name))
			done = false;
	(void)closedir(dir);
	return done ? EX_OK : EX_TEMPFAIL;
}

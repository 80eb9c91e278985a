/* SPDX-License-Identifier: ISC */
/*
 * Wraps: aligned_alloc crew_bind deadline_in deadline_sleep_until fork
 * Wraps: getpwent getpwnam getpwuid lstat mailpath_directory pidfd_open
 * Wraps: sandbox_mail unlinkat waitpid
 */
#include "checked.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/pidfd.h>

#include "admin/crew.h"
#include "admin/recover.h"
#include "base/deadline.h"
#include "base/fileio.h"
#include "base/log.h"
#include "fails.h"
#include "sandbox/sandbox.h"
#include "update/recovery.h"
#include "update/sessions.h"
#include "update/update.h"

static bool held_up; /* lstat, by a file system that does not answer */

FAILS(aligned_alloc, void *, (size_t at, size_t n), (at, n), NULL)
FAILS(crew_bind, int, (void), (), -1)
FAILS(fork, pid_t, (void), (), -1)
FAILS(getpwnam, struct passwd *, (const char *name), (name), NULL)
FAILS(lstat, int, (const char *path, struct stat *st), (path, st),
      held_up ? raise(SIGSTOP) : -1)
FAILS(mailpath_directory, int, (const char *path, size_t n), (path, n), -1)
FAILS(sandbox_mail, const char *,
      (const struct options *opt, const struct sandbox_files *f), (opt, f),
      "no sandbox")
FAILS(unlinkat, int, (int dir, const char *file, int how), (dir, file, how), -1)
FAILS(waitpid, pid_t, (pid_t child, int *ret, int how), (child, ret, how), -1)
FAILS(pidfd_open, int, (pid_t child, unsigned int how), (child, how), -1)

/* What getpwent gives, once each. */
static struct passwd *accounts[2];

struct passwd *__wrap_getpwent(void);

struct passwd *__wrap_getpwent(void)
{
	struct passwd *pw = accounts[0];

	accounts[0] = accounts[1];
	accounts[1] = NULL;
	return pw;
}

/* Whom getpwuid gives, where it is anybody. */
static struct passwd *first;

struct passwd *__real_getpwuid(uid_t id);
struct passwd *__wrap_getpwuid(uid_t id);

struct passwd *__wrap_getpwuid(uid_t id)
{
	struct passwd *pw = first;

	first = NULL;
	return pw ? pw : __real_getpwuid(id);
}

/* A second takes so many milliseconds. */
static int a_second = 1000;

deadline_t __wrap_deadline_in(int seconds);

deadline_t __wrap_deadline_in(int seconds)
{
	return deadline_now() + (deadline_t)seconds * a_second;
}

/* Who only looks at a journal goes when he is waited for. */
static int looker = -1;
static int sleeps;

void __real_deadline_sleep_until(deadline_t d);
void __wrap_deadline_sleep_until(deadline_t d);

void __wrap_deadline_sleep_until(deadline_t d)
{
	sleeps++;
	if (looker >= 0)
		(void)close(looker);
	looker = -1;
	__real_deadline_sleep_until(d);
}

#define ONE FROM "Subject: one\n\nfirst\n\n"
#define TWO FROM "Subject: two\n\nsecond, and longer than the other\n\n"

static int status;

/* What a child has met, it has counted for itself. */
static void let_all_succeed(void)
{
	left_aligned_alloc = left_crew_bind = left_fork = left_getpwnam =
		left_lstat = 0;
	left_mailpath_directory = left_sandbox_mail = left_unlinkat = 0;
	left_waitpid = left_pidfd_open = 0;
	accounts[0] = accounts[1] = first = NULL;
	held_up = false;
	a_second = 1000;
}

/* Runs recover_all, and takes what it logs. */
static void look_at(struct report *r)
{
	int saved = dup(STDERR_FILENO);

	(void)r;
	assert_true(saved >= 0);
	assert_true(dup2(STDOUT_FILENO, STDERR_FILENO) >= 0);
	log_open(-1);
	status = recover_all(&o, argument);
	let_all_succeed();
	failed = status != EX_OK;
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	(void)close(saved);
}

static int failing_ftruncate(int fd, off_t size)
{
	(void)fd;
	(void)size;
	errno = EIO;
	return -1;
}

/* The state's file with that name's end. */
static const char *state_file(const char *end)
{
	static char path[PATH_MAX];
	struct mailpath p;

	assert_null(mailpath_fill(&p, mailbox, "", ""));
	(void)snprintf(path, sizeof(path), "%s/%s%s", state_dir, p.state, end);
	return path;
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Of two messages the first was about to go, when the session died. */
static void interrupt_update(void)
{
	static const struct range gone = {0, sizeof(ONE) - 1};
	struct fileio saved = fileio;
	struct journal j;
	int fd;

	make_mailbox(ONE TWO, sizeof(ONE TWO) - 1);
	j = make_journal(mailbox, false);
	assert_true(record_idle(&j));
	fd = open(mailbox, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	fileio.ftruncate = failing_ftruncate;
	assert_int_equal(update_remove(&j, fd, &gone, 1, sizeof(ONE TWO) - 1),
	                 -1);
	fileio = saved;
	assert_int_equal(close(fd), 0);
	journal_close(&j);
}

static bool is_pending(void)
{
	struct journal j = make_journal(mailbox, false);
	bool idle = record_idle(&j);

	journal_close(&j);
	return !idle;
}

static void assert_mailbox(const char *text)
{
	int fd = open(mailbox, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	support_holds(fd, text, strlen(text));
	assert_int_equal(close(fd), 0);
}

static void assert_finished(void)
{
	assert_fine();
	assert_said("mailbox recovered");
	assert_mailbox(TWO);
	assert_false(is_pending());
}

/* It is told, it is left as it is, and the next recovery finishes it. */
static void assert_left(const char *why)
{
	(void)look();
	assert_int_equal(status, EX_TEMPFAIL);
	assert_said(why);
	o.mailbox = pattern;
	o.mail_user = NULL;
	assert_finished();
}

static void without_a_state_directory_nothing_is_done(void **state)
{
	(void)state;
	o.state_dir = "/nonexistent";
	(void)look();
	assert_int_equal(status, EX_CONFIG);
	assert_said("/nonexistent: No such file");
}

static void files_that_are_no_journals_are_left(void **state)
{
	(void)state;
	make_file(state_dir, ".journal", "", 0);
	make_file(state_dir, "journal", "", 0);
	make_file(state_dir, "tmp-x.journal.1764000000", "", 0);
	assert_fine();
	assert_string_equal(said, "");
}

static void an_update_of_no_mailbox_is_told(void **state)
{
	(void)state;
	leave_journal("/elsewhere", true);
	assert_problem("no mailbox has state of this name");
	assert_int_equal(status, EX_TEMPFAIL);
}

/* --mailbox was changed since. */
static void state_of_no_mailbox_is_left_if_nothing_is_to_be_done(void **state)
{
	struct journal j;

	(void)state;
	make_file(state_dir, "elsewhere.journal", "", 0);
	j = make_journal("/elsewhere/too", false);
	assert_fine();
	journal_close(&j);
	assert_fine();
	assert_string_equal(said, "");
	assert_int_equal(status, EX_OK);
}

static void a_journal_that_is_none_is_told(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(state_file(".journal"), 0600), 0);
	assert_problem(".journal: ");
}

static void what_is_idle_stays(void **state)
{
	(void)state;
	make_mailbox(ONE, sizeof(ONE) - 1);
	leave_journal(mailbox, false);
	assert_fine();
	assert_string_equal(said, "");
	assert_true(exists(state_file(".journal")));
}

static void what_is_idle_and_long_is_cut(void **state)
{
	struct journal j;
	struct stat st;

	(void)state;
	make_mailbox(ONE, sizeof(ONE) - 1);
	j = make_journal(mailbox, false);
	assert_int_equal(fallocate(j.fd, 0, 0, 1 << 20), 0);
	journal_close(&j);
	assert_fine();
	assert_string_equal(said, "");
	assert_int_equal(stat(state_file(".journal"), &st), 0);
	assert_int_equal(st.st_size, 2 * JOURNAL_SLOT);
}

static void an_interrupted_update_is_finished(void **state)
{
	(void)state;
	interrupt_update();
	assert_true(is_pending());
	assert_finished();
	o.mail_user = user;
	interrupt_update();
	assert_finished();
}

static void one_that_was_done_is_not_told(void **state)
{
	(void)state;
	make_mailbox(ONE, sizeof(ONE) - 1);
	leave_journal(mailbox, true);
	assert_fine();
	assert_string_equal(said, "");
	assert_false(is_pending());
}

static void write_over(const char *path, const char *text, off_t at)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t n = strlen(text);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, text, n, at), n);
	assert_int_equal(close(fd), 0);
}

/* Once; then it is the administrator's. */
static void assert_set_aside(void)
{
	assert_fine();
	assert_said("journal set aside");
	assert_fine();
	assert_string_equal(said, "");
	assert_true(is_pending());
}

static void a_journal_of_another_mailbox_is_set_aside(void **state)
{
	(void)state;
	interrupt_update();
	write_over(mailbox, "other", 0);
	assert_set_aside();
}

static void a_damaged_journal_is_set_aside(void **state)
{
	(void)state;
	interrupt_update();
	write_over(state_file(".journal"), "damage", 0);
	write_over(state_file(".journal"), "damage", JOURNAL_SLOT);
	assert_set_aside();
}

/* Its mail may be nowhere else. */
static void one_set_aside_stays_though_the_mailbox_goes(void **state)
{
	struct journal j;

	(void)state;
	make_mailbox(ONE, sizeof(ONE) - 1);
	j = make_journal(mailbox, false);
	journal_set_aside(&j);
	journal_close(&j);
	make_file(spool, "neighbour", "", 0);
	assert_int_equal(unlink(mailbox), 0);
	assert_fine();
	assert_true(exists(state_file(".journal")));
}

static int lock_journal(int how)
{
	int fd = open(state_file(".journal"), O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(flock(fd, how), 0);
	sleeps = 0;
	return fd;
}

static void a_session_is_not_waited_for(void **state)
{
	int session;

	(void)state;
	interrupt_update();
	session = lock_journal(LOCK_EX);
	assert_fine();
	assert_string_equal(said, "");
	assert_int_equal(sleeps, 0);
	assert_int_equal(close(session), 0);
	assert_finished();
}

static void who_only_looks_is_waited_for(void **state)
{
	(void)state;
	interrupt_update();
	looker = lock_journal(LOCK_SH);
	assert_finished();
	assert_int_equal(looker, -1);
	assert_int_equal(sleeps, 1);
}

/* The mailbox of one session that died */

#define UNIT "0123456789abcdef0123456789abcdef"

static void note_session(const char *path)
{
	struct mailpath p;

	assert_null(mailpath_fill(&p, path, "", ""));
	assert_int_equal(sessions_note(run_dir, UNIT, p.state), 0);
	argument = UNIT;
}

static void of_one_session_only_its_mailbox_is_looked_at(void **state)
{
	(void)state;
	interrupt_update();
	note_session("/elsewhere");
	o.mail_user = user;
	assert_fine();
	assert_string_equal(said, "");
	note_session(mailbox);
	leave_journal("/elsewhere", true);
	assert_finished();
}

static void of_a_session_that_is_not_known_nothing_is_done(void **state)
{
	(void)state;
	interrupt_update();
	argument = "00000000000000000000000000000000";
	assert_fine();
	assert_string_equal(said, "");
	assert_true(is_pending());
}

static void of_a_session_that_left_nothing_no_journal_is_made(void **state)
{
	(void)state;
	note_session(mailbox);
	assert_fine();
	assert_string_equal(said, "");
	assert_false(exists(state_file(".journal")));
	assert_int_equal(mkfifo(state_file(".journal"), 0600), 0);
	assert_problem(".journal: ");
}

/* The state of a mailbox that is gone */

static void leave_state(void)
{
	char neighbour[PATH_MAX + 8];

	leave_journal(mailbox, false);
	(void)unlink(mailbox);
	(void)snprintf(neighbour, sizeof(neighbour), "%s.other", mailbox);
	assert_int_equal(close(creat(neighbour, 0600)), 0);
}

/* Else a spool that is not mounted at boot would cost all their unique-ids. */
static void it_stays_where_there_is_no_mailbox_at_all(void **state)
{
	(void)state;
	leave_journal(mailbox, false);
	(void)unlink(mailbox);
	assert_fine();
	assert_true(exists(state_file(".journal")));
}

static void it_is_removed_with_and_without_an_index(void **state)
{
	(void)state;
	leave_state();
	assert_fine();
	assert_false(exists(state_file(".journal")));
	leave_state();
	assert_int_equal(close(creat(state_file(".index"), 0600)), 0);
	assert_fine();
	assert_false(exists(state_file(".journal")));
	assert_false(exists(state_file(".index")));
}

/* They are no cache, and the mailbox may come back. */
static void adopted_ids_are_never_removed(void **state)
{
	(void)state;
	leave_state();
	assert_int_equal(close(creat(state_file(".index"), 0600)), 0);
	assert_int_equal(close(creat(state_file(".uidl"), 0600)), 0);
	assert_fine();
	assert_false(exists(state_file(".journal")));
	assert_true(exists(state_file(".uidl")));
	assert_fine();
	assert_true(exists(state_file(".uidl")));
}

static void what_cannot_be_removed_is_told(void **state)
{
	(void)state;
	leave_state();
	assert_int_equal(close(creat(state_file(".index"), 0600)), 0);
	FAIL_NEXT(unlinkat, EROFS);
	assert_problem("/state: Read-only file system");
	FAIL_NEXT(unlinkat, EROFS);
	skip_unlinkat = 1;
	assert_problem("/state: Read-only file system");
	assert_fine();
	assert_false(exists(state_file(".journal")));
}

static void it_stays_where_the_mailbox_has_come_back(void **state)
{
	(void)state;
	leave_state();
	assert_int_equal(close(creat(mailbox, 0600)), 0);
	FAIL_NEXT(lstat, ENOENT); /* it comes after this look */
	assert_fine();
	assert_true(exists(state_file(".journal")));
}

/* A file system of a user's own may be where the mailbox was. */
static void looking_for_it_has_a_bound(void **state)
{
	(void)state;
	leave_state();
	FAIL_NEXT(lstat, 0);
	held_up = true;
	a_second = 1;
	assert_problem("looking for them takes too long");
	assert_int_equal(status, EX_TEMPFAIL);
	assert_true(exists(state_file(".journal")));
	assert_fine();
	assert_false(exists(state_file(".journal")));
}

static void without_a_child_it_stays(void **state)
{
	(void)state;
	leave_state();
	FAIL_NEXT(fork, EAGAIN);
	assert_problem("/state: Resource temporarily unavailable");
	assert_true(exists(state_file(".journal")));
}

/* The mailbox may be put back: check says so (test_checkstate.c). */
static void what_was_to_be_done_waits_for_it(void **state)
{
	char away[PATH_MAX + 8];

	(void)state;
	(void)snprintf(away, sizeof(away), "%s.away", mailbox);
	interrupt_update();
	assert_int_equal(rename(mailbox, away), 0);
	assert_problem("journal kept: mailbox missing: mailbox=");
	assert_problem("journal kept: mailbox missing: mailbox=");
	assert_true(is_pending());
	assert_int_equal(rename(away, mailbox), 0);
	assert_finished();
}

/* It goes when its owner is being found out, and comes back. */
static void it_waits_too_where_the_mailbox_has_just_gone(void **state)
{
	char away[PATH_MAX + 8];

	(void)state;
	(void)snprintf(away, sizeof(away), "%s.away", mailbox);
	interrupt_update();
	assert_int_equal(rename(mailbox, away), 0);
	FAIL_NEXT(lstat, EACCES);
	o.mail_user = user;
	assert_problem("journal kept: mailbox missing: mailbox=");
	assert_true(is_pending());
	assert_int_equal(rename(away, mailbox), 0);
	assert_finished();
}

/* Whose mailbox is it? */

static void an_owner_without_a_name_has_none(void **state)
{
	(void)state;
	interrupt_update();
	FAIL_NEXT(getpwnam, 0);
	assert_left("no user has this mailbox");
	interrupt_update();
	o.mailbox = "%h/mbox";
	assert_left("no user has this mailbox");
}

/* Only the first of its names is what getpwuid gives. */
static void an_account_may_have_several_names(void **state)
{
	char home[64], name[64], path[PATH_MAX];
	struct passwd other = {.pw_name = name, .pw_uid = 1, .pw_dir = home};
	struct passwd third = {.pw_name = name, .pw_uid = uid, .pw_dir = top};
	struct passwd second = {
		.pw_name = name, .pw_uid = uid, .pw_gid = gid, .pw_dir = home};

	(void)state;
	(void)snprintf(name, sizeof(name), "second");
	(void)snprintf(home, sizeof(home), "%s", spool);
	(void)snprintf(path, sizeof(path), "%%h/%s", user);
	interrupt_update();
	o.mailbox = path;
	accounts[0] = &other;
	assert_left("no user has this mailbox");
	interrupt_update();
	o.mailbox = path;
	accounts[0] = &other;
	accounts[1] = &second;
	assert_problem("outside of --home-dirs");
	o.home_dirs = "/home,/tmp";
	accounts[0] = &third;
	accounts[1] = &second;
	assert_fine();
	assert_said("mailbox recovered");
	assert_mailbox(TWO);
	interrupt_update();
	first = &second;
	assert_fine();
	assert_said("mailbox recovered");
}

static void a_mailbox_of_another_pattern_is_nobodys(void **state)
{
	static const char *const ends[] = {"%d", "x%u"};
	char other[128];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(ends); i++) {
		interrupt_update();
		(void)snprintf(other, sizeof(other), "%s/%s", spool, ends[i]);
		o.mailbox = other;
		assert_left("no user has this mailbox");
	}
}

/* In a spool with directories of the names' first octets. */
static void a_hashed_spool_tells_whose_it_is(void **state)
{
	char flat[sizeof(spool)], below[16], hashed[128];

	(void)state;
	memcpy(flat, spool, sizeof(flat));
	(void)snprintf(below, sizeof(below), "mail/%c", user[0]);
	make_directory(spool, sizeof(spool), below, 0755);
	(void)snprintf(below, sizeof(below), "mail/%c/%.2s", user[0], user);
	make_directory(spool, sizeof(spool), below, 0755);
	(void)snprintf(mailbox, sizeof(mailbox), "%s/%s", spool, user);
	(void)snprintf(hashed, sizeof(hashed), "%s/%%1u/%%1u%%2u/%%u", flat);
	o.mailbox = hashed;
	interrupt_update();
	assert_finished();
	leave_state();
	assert_fine();
	assert_false(exists(state_file(".journal")));
	memcpy(spool, flat, sizeof(flat));
	(void)snprintf(mailbox, sizeof(mailbox), "%s/%s", spool, user);
}

/* The path has the name in lower case; only its owner has the capitals. */
static void a_path_in_lower_case_tells_whose_it_is(void **state)
{
	char lower[128], name[64];
	struct passwd capital = {
		.pw_name = name, .pw_uid = uid, .pw_gid = gid, .pw_dir = top};

	(void)state;
	(void)snprintf(name, sizeof(name), "%s", user);
	name[0] = (char)toupper((unsigned char)name[0]);
	(void)snprintf(lower, sizeof(lower), "%s/%%Lu", spool);
	interrupt_update();
	o.mailbox = lower;
	assert_finished();
	interrupt_update();
	o.mailbox = lower;
	FAIL_NEXT(getpwnam, 0);
	first = &capital;
	assert_finished();
	interrupt_update();
	o.mailbox = lower;
	FAIL_NEXT(getpwnam, 0);
	name[1] = 'Q';
	first = &capital;
	assert_left("no user has this mailbox");
}

static void a_mailbox_that_cannot_be_seen_is_not_gone(void **state)
{
	(void)state;
	interrupt_update();
	FAIL_NEXT(lstat, EACCES);
	o.mailbox = "%h/mbox";
	left_lstat = 2;
	assert_left("Permission denied");
}

static void a_mail_user_that_is_none_is_told(void **state)
{
	(void)state;
	interrupt_update();
	o.mail_user = "no such user";
	assert_left("there is no such --mail-user");
}

static void nothing_is_done_as_root(void **state)
{
	(void)state;
	interrupt_update();
	o.mail_user = "root";
	assert_left("root has no mail here");
}

/* The child that does it */

static void without_a_child_nothing_is_done(void **state)
{
	(void)state;
	interrupt_update();
	FAIL_NEXT(mailpath_directory, EMFILE);
	assert_left("Too many open files");
	interrupt_update();
	FAIL_NEXT(fork, EAGAIN);
	assert_left("Resource temporarily unavailable");
}

static void a_child_that_cannot_be_waited_for_is_told(void **state)
{
	int ended;

	(void)state;
	interrupt_update();
	FAIL_NEXT(pidfd_open, EMFILE);
	(void)look();
	assert_int_equal(status, EX_TEMPFAIL);
	assert_said("Too many open files");
	assert_true(waitpid(-1, &ended, 0) > 0);
	assert_true(WIFEXITED(ended) && WEXITSTATUS(ended) == RECOVERY_DONE);
	assert_mailbox(TWO);
	interrupt_update();
	FAIL_NEXT(waitpid, ECHILD);
	assert_problem("recovery was killed");
	assert_true(waitpid(-1, &ended, 0) > 0);
}

static int stopping_fstatfs(int fd, struct statfs *fs)
{
	(void)fd;
	(void)fs;
	return raise(SIGSTOP);
}

/* The user can stop it: it is the user's process. */
static void a_child_that_is_stopped_is_not_waited_for(void **state)
{
	struct fileio saved = fileio;

	(void)state;
	interrupt_update();
	fileio.fstatfs = stopping_fstatfs;
	a_second = 1;
	assert_problem("recovery takes too long");
	assert_int_equal(status, EX_TEMPFAIL);
	fileio = saved;
	/* It is there, and has the journal, until we end. */
	assert_fine();
	assert_string_equal(said, "");
}

/* As where the home is of a file system of the user's own. */
static void a_path_that_leads_nowhere_holds_up_nobody(void **state)
{
	(void)state;
	interrupt_update();
	FAIL_NEXT(lstat, 0);
	held_up = true;
	a_second = 1;
	assert_problem("recovery takes too long");
	assert_int_equal(status, EX_TEMPFAIL);
}

static void a_child_that_is_not_bound_does_nothing(void **state)
{
	(void)state;
	interrupt_update();
	FAIL_NEXT(crew_bind, ESRCH);
	assert_problem("PR_SET_PDEATHSIG");
	assert_finished();
}

static int killing_fstatfs(int fd, struct statfs *fs)
{
	(void)fd;
	(void)fs;
	return raise(SIGKILL);
}

static int failing_lock(int fd, struct flock *l)
{
	(void)fd;
	(void)l;
	errno = EIO;
	return -1;
}

static int failing_fdatasync(int fd)
{
	(void)fd;
	errno = EIO;
	return -1;
}

static int ending_fstatfs(int fd, struct statfs *fs)
{
	(void)fd;
	(void)fs;
	_exit(200);
}

static void a_child_that_is_killed_is_told(void **state)
{
	struct fileio saved = fileio;

	(void)state;
	interrupt_update();
	fileio.fstatfs = killing_fstatfs;
	assert_problem("recovery was killed");
	fileio.fstatfs = ending_fstatfs; /* not with a word of ours */
	assert_problem("recovery was killed");
	fileio = saved;
	assert_finished();
}

static void nothing_is_done_outside_the_sandbox(void **state)
{
	(void)state;
	interrupt_update();
	FAIL_NEXT(sandbox_mail, ENOSYS);
	(void)look();
	assert_int_equal(status, EX_TEMPFAIL);
	assert_said("no sandbox");
	assert_finished();
}

static void without_memory_nothing_is_done(void **state)
{
	(void)state;
	interrupt_update();
	FAIL_NEXT(aligned_alloc, ENOMEM);
	(void)look();
	assert_int_equal(status, EX_TEMPFAIL);
	assert_said("malloc: Cannot allocate memory");
	assert_finished();
}

static void a_mailbox_that_cannot_be_had_is_told(void **state)
{
	struct fileio saved = fileio;
	char second[128];

	(void)state;
	(void)snprintf(second, sizeof(second), "%s/second", spool);
	interrupt_update();
	fileio.lock = failing_lock;
	assert_problem("reason=\"Input/output error\"");
	fileio = saved;
	fileio.fdatasync = failing_fdatasync;
	assert_problem(".journal: Input/output error\"");
	fileio = saved;
	assert_int_equal(link(mailbox, second), 0);
	assert_problem("it has more than one link");
	assert_int_equal(unlink(second), 0);
	assert_finished();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			without_a_state_directory_nothing_is_done, set_up),
		cmocka_unit_test_setup(files_that_are_no_journals_are_left,
	                               set_up),
		cmocka_unit_test_setup(an_update_of_no_mailbox_is_told, set_up),
		cmocka_unit_test_setup(
			state_of_no_mailbox_is_left_if_nothing_is_to_be_done,
			set_up),
		cmocka_unit_test_setup(a_journal_that_is_none_is_told, set_up),
		cmocka_unit_test_setup(what_is_idle_stays, set_up),
		cmocka_unit_test_setup(what_is_idle_and_long_is_cut, set_up),
		cmocka_unit_test_setup(
			it_stays_where_there_is_no_mailbox_at_all, set_up),
		cmocka_unit_test_setup(
			of_one_session_only_its_mailbox_is_looked_at, set_up),
		cmocka_unit_test_setup(
			of_a_session_that_is_not_known_nothing_is_done, set_up),
		cmocka_unit_test_setup(
			of_a_session_that_left_nothing_no_journal_is_made,
			set_up),
		cmocka_unit_test_setup(an_interrupted_update_is_finished,
	                               set_up),
		cmocka_unit_test_setup(one_that_was_done_is_not_told, set_up),
		cmocka_unit_test_setup(
			a_journal_of_another_mailbox_is_set_aside, set_up),
		cmocka_unit_test_setup(a_damaged_journal_is_set_aside, set_up),
		cmocka_unit_test_setup(
			one_set_aside_stays_though_the_mailbox_goes, set_up),
		cmocka_unit_test_setup(a_session_is_not_waited_for, set_up),
		cmocka_unit_test_setup(who_only_looks_is_waited_for, set_up),
		cmocka_unit_test_setup(it_stays_where_the_mailbox_has_come_back,
	                               set_up),
		cmocka_unit_test_setup(adopted_ids_are_never_removed, set_up),
		cmocka_unit_test_setup(it_is_removed_with_and_without_an_index,
	                               set_up),
		cmocka_unit_test_setup(looking_for_it_has_a_bound, set_up),
		cmocka_unit_test_setup(without_a_child_it_stays, set_up),
		cmocka_unit_test_setup(what_cannot_be_removed_is_told, set_up),
		cmocka_unit_test_setup(what_was_to_be_done_waits_for_it,
	                               set_up),
		cmocka_unit_test_setup(
			it_waits_too_where_the_mailbox_has_just_gone, set_up),
		cmocka_unit_test_setup(a_hashed_spool_tells_whose_it_is,
	                               set_up),
		cmocka_unit_test_setup(a_path_in_lower_case_tells_whose_it_is,
	                               set_up),
		cmocka_unit_test_setup(an_owner_without_a_name_has_none,
	                               set_up),
		cmocka_unit_test_setup(an_account_may_have_several_names,
	                               set_up),
		cmocka_unit_test_setup(a_mailbox_of_another_pattern_is_nobodys,
	                               set_up),
		cmocka_unit_test_setup(
			a_mailbox_that_cannot_be_seen_is_not_gone, set_up),
		cmocka_unit_test_setup(a_mail_user_that_is_none_is_told,
	                               set_up),
		cmocka_unit_test_setup(nothing_is_done_as_root, set_up),
		cmocka_unit_test_setup(without_a_child_nothing_is_done, set_up),
		cmocka_unit_test_setup(
			a_child_that_cannot_be_waited_for_is_told, set_up),
		cmocka_unit_test_setup(a_child_that_is_killed_is_told, set_up),
		cmocka_unit_test_setup(
			a_child_that_is_stopped_is_not_waited_for, set_up),
		cmocka_unit_test_setup(
			a_path_that_leads_nowhere_holds_up_nobody, set_up),
		cmocka_unit_test_setup(a_child_that_is_not_bound_does_nothing,
	                               set_up),
		cmocka_unit_test_setup(without_memory_nothing_is_done, set_up),
		cmocka_unit_test_setup(nothing_is_done_outside_the_sandbox,
	                               set_up),
		cmocka_unit_test_setup(a_mailbox_that_cannot_be_had_is_told,
	                               set_up),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}

/* SPDX-License-Identifier: ISC */
/* A set-up in which nothing is wrong, and what a part of onepopctl check says
 * of it. */
#ifndef CHECKED_H
#define CHECKED_H

#include "support.h"

#include <pwd.h>
#include <sysexits.h>

#include "admin/report.h"
#include "config/mailpath.h"
#include "config/options.h"
#include "state.h"
#include "update/journal.h"
#include "update/record.h"

#define FROM "From a@example.org Thu Jan  1 00:00:00 2026\n"

static char top[] = "/tmp/onepop-check-XXXXXX";
static char confdir[64], run_dir[64], spool[64], pattern[96], state_dir[64],
	said_file[64];
static char mailbox[160];
static char user[64]; /* not root */
static uid_t uid;
static gid_t gid;
static char said[65536];
static struct options o;
static const char *argument; /* of the command, or NULL */
static struct report report;
static bool failed; /* what is looked at returned a failure */
static struct {
	unsigned int problems, warnings, unseen; /* lines of what was said */
} counted;

/* What a test is of: it says things. */
static void look_at(struct report *r);

static inline void make_file(const char *dir, const char *name,
                             const char *octets, size_t n)
{
	char path[PATH_MAX + 256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)unlink(path);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(octets, 1, n, f), n);
	assert_int_equal(fchmod(fileno(f), 0644), 0);
	assert_int_equal(fclose(f), 0);
}

static inline void make_service(const char *name, const char *text)
{
	make_file(confdir, name, text, strlen(text));
}

static inline void make_mailbox(const char *octets, size_t n)
{
	make_file(spool, user, octets, n);
	assert_int_equal(chown(mailbox, uid, gid), 0);
}

/*
 * A mailbox's journal, with nothing to finish, or with an update that was
 * interrupted.  It is in a session until it is closed.
 */
static inline struct journal make_journal(const char *path, bool pending)
{
	struct record r = {.kind = RECORD_CUT, .size = 100};
	struct mailpath p;
	struct journal j;

	assert_null(mailpath_fill(&p, path, "", ""));
	assert_int_equal(open_journal(&j, state_dir, p.state, 0), 0);
	assert_int_equal(record_prepare(&j), 0);
	if (pending) {
		assert_true(record_idle(&j));
		assert_int_equal(record_write(&j, &r, -1), 0);
	}
	return j;
}

static inline void leave_journal(const char *path, bool pending)
{
	struct journal j = make_journal(path, pending);

	journal_close(&j);
}

static inline unsigned int count_lines(const char *start)
{
	const size_t n = strlen(start);
	unsigned int count = strncmp(said, start, n) == 0;
	const char *p;

	for (p = said; (p = strchr(p, '\n'));)
		count += strncmp(++p, start, n) == 0;
	return count;
}

/* Runs one look, and takes what it says.  Returns whether all is well. */
static inline bool look(void)
{
	int saved, fd;
	ssize_t n;

	memset(&report, 0, sizeof(report));
	failed = false;
	(void)fflush(stdout);
	saved = dup(STDOUT_FILENO);
	fd = open(said_file, O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_true(saved >= 0 && fd >= 0);
	assert_true(dup2(fd, STDOUT_FILENO) >= 0);
	look_at(&report);
	(void)fflush(stdout);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	(void)close(saved);
	n = pread(fd, said, sizeof(said) - 1, 0);
	assert_true(n >= 0);
	said[n] = '\0';
	(void)close(fd);
	counted.problems = count_lines("problem ");
	if (counted.problems == 0)
		counted.problems = failed;
	counted.warnings = count_lines("warning ");
	counted.unseen = count_lines("unseen  ");
	return counted.problems == 0;
}

static inline void assert_said(const char *part)
{
	if (!strstr(said, part))
		fail_msg("\"%s\" is not in:\n%s", part, said);
}

static inline void assert_not_said(const char *part)
{
	if (strstr(said, part))
		fail_msg("\"%s\" is in:\n%s", part, said);
}

static inline void assert_fine(void)
{
	if (!look())
		fail_msg("there are problems:\n%s", said);
}

static inline void assert_problem(const char *part)
{
	(void)look();
	assert_said(part);
	assert_int_equal(counted.problems, 1);
}

static inline void make_directory(char *ret, size_t size, const char *name,
                                  mode_t mode)
{
	(void)snprintf(ret, size, "%s/%s", top, name);
	assert_int_equal(mkdir(ret, mode), 0);
	assert_int_equal(chmod(ret, mode), 0);
}

static inline int set_up_all(void **state)
{
	const struct passwd *pw;

	(void)state;
	pw = geteuid() == 0 ? getpwnam("nobody") : getpwuid(geteuid());
	if (!pw || !mkdtemp(top) || chmod(top, 0755) < 0)
		return -1;
	(void)snprintf(user, sizeof(user), "%s", pw->pw_name);
	uid = pw->pw_uid;
	gid = pw->pw_gid;
	make_directory(confdir, sizeof(confdir), "pam.d", 0755);
	make_directory(run_dir, sizeof(run_dir), "run", 0700);
	make_directory(spool, sizeof(spool), "mail", 0755);
	make_directory(state_dir, sizeof(state_dir), "state", 0700);
	(void)snprintf(said_file, sizeof(said_file), "%s/said", top);
	(void)snprintf(pattern, sizeof(pattern), "%s/%%u", spool);
	(void)snprintf(mailbox, sizeof(mailbox), "%s/%s", spool, user);
	return 0;
}

static inline int tear_down_all(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -r %s", top);
	return system(command);
}

static inline int set_up(void **state)
{
	static const struct options_program program = {.name = "onepop"};
	static char name[] = "onepop";
	char *argv[] = {name, NULL};
	char command[128];
	const char *problem;

	(void)state;
	(void)unsetenv("STATE_DIRECTORY");
	/* The system's options file, if there is one, is not the test's. */
	(void)options_read(&o, &program, 1, argv, &problem);
	o.pam_service = "onepop";
	o.pam_confdir = confdir;
	o.mailbox = pattern;
	o.mail_user = NULL;
	o.state_dir = state_dir;
	o.start_user = "root";
	o.run_dir = run_dir;
	o.lock_timeout = 1;
	argument = NULL;
	(void)snprintf(command, sizeof(command), "rm -rf %s", state_dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(mkdir(state_dir, 0700), 0);
	make_service("onepop", "auth required pam_unix.so\n"
	                       "account required pam_unix.so\n"
	                       "session required pam_permit.so\n");
	return 0;
}

#endif

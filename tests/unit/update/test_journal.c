/* SPDX-License-Identifier: ISC */
/* Wraps: flock fstat fsync */
#include "support.h"

#include <errno.h>
#include <signal.h>

#include "base/fileio.h"
#include "fails.h"
#include "state.h"
#include "update/journal.h"

FAILS(fstat, int, (int fd, struct stat *st), (fd, st), -1)
FAILS(fsync, int, (int fd), (fd), -1)

/* What happens once before a lock is taken. */
static void (*meanwhile)(void);
static int flock_error;

int __real_flock(int fd, int how);
int __wrap_flock(int fd, int how);

int __wrap_flock(int fd, int how)
{
	void (*now)(void) = meanwhile;

	meanwhile = NULL;
	if (now)
		now();
	if (flock_error) {
		errno = flock_error;
		flock_error = 0;
		return -1;
	}
	return __real_flock(fd, how);
}

static char *dir;

static int begin(void **state)
{
	(void)state;
	dir = support_directory("/tmp");
	return 0;
}

static int end(void **state)
{
	(void)state;
	support_remove(dir);
	return 0;
}

static char *in_dir(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void opens(struct journal *j, const char *name)
{
	assert_int_equal(open_journal(j, dir, name, 0), 0);
	assert_true(j->fd >= 0);
}

static void refuses(const char *name)
{
	struct journal j;

	assert_int_equal(open_journal(&j, dir, name, 0), -1);
	assert_int_equal(j.fd, -1);
}

static void a_journal_is_made_for_its_owner_only(void **state)
{
	mode_t mask = umask(0);
	struct journal j;
	struct stat st;

	(void)state;
	opens(&j, "var-mail-alice");
	(void)umask(mask);
	assert_int_equal(stat(in_dir("var-mail-alice.journal"), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(fcntl(j.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fcntl(j.fd, F_GETFL) & O_ACCMODE, O_RDWR);
	journal_close(&j);
	assert_int_equal(j.fd, -1);
	journal_close(&j); /* it may be done again */
}

static void what_it_holds_is_kept(void **state)
{
	struct journal j;

	(void)state;
	opens(&j, "kept");
	support_write(j.fd, "record", 6);
	journal_close(&j);
	opens(&j, "kept");
	support_holds(j.fd, "record", 6);
	journal_close(&j);
}

static void what_is_no_file_of_ours_is_refused(void **state)
{
	int at;

	(void)state;
	assert_int_equal(symlink("target", in_dir("link.journal")), 0);
	refuses("link");
	assert_int_equal(access(in_dir("target"), F_OK), -1);
	assert_int_equal(mkdir(in_dir("dir.journal"), 0700), 0);
	refuses("dir");
	assert_int_equal(mkfifo(in_dir("fifo.journal"), 0600), 0);
	refuses("fifo");
	assert_int_equal(close(creat(in_dir("two.journal"), 0600)), 0);
	at = open(dir, O_PATH | O_CLOEXEC);
	assert_int_equal(linkat(at, "two.journal", at, "second", 0), 0);
	refuses("two");
	assert_int_equal(close(at), 0);
}

static int error;

static int failing_fstat(int fd, struct stat *st)
{
	(void)fd;
	(void)st;
	errno = error;
	return -1;
}

static void a_failure_to_look_at_it_is_returned(void **state)
{
	struct fileio saved = fileio;

	(void)state;
	error = EIO;
	fileio.fstat = failing_fstat;
	errno = 0;
	refuses("box");
	assert_int_equal(errno, EIO);
	fileio = saved;
}

static void one_session_at_a_time_has_the_journal(void **state)
{
	struct journal first, second, other;

	(void)state;
	opens(&first, "box");
	opens(&other, "other");
	refuses("box");
	assert_int_equal(errno, EWOULDBLOCK);
	assert_int_equal(open_journal(&second, dir, "box", deadline_now() + 60),
	                 -1);
	assert_int_equal(errno, EWOULDBLOCK);
	journal_close(&first);
	opens(&second, "box");
	journal_close(&second);
	journal_close(&other);
}

/* It keeps its place: that mailbox never has another journal. */
static void a_journal_set_aside_is_known_by_all_that_follow(void **state)
{
	struct stat st, now;
	struct journal j;
	char kept[6];
	int i;

	(void)state;
	opens(&j, "aside");
	assert_false(j.aside);
	support_write(j.fd, "record", 6);
	assert_int_equal(fstat(j.fd, &st), 0);
	journal_set_aside(&j);
	assert_true(j.aside);
	journal_close(&j);
	for (i = 0; i < 2; i++) {
		opens(&j, "aside");
		assert_true(j.aside);
		assert_int_equal(fstat(j.fd, &now), 0);
		assert_true(st.st_ino == now.st_ino);
		assert_int_equal(pread(j.fd, kept, 6, 0), 6);
		assert_memory_equal(kept, "record", 6);
		journal_close(&j);
	}
	assert_int_equal(unlink(in_dir("aside.journal")), 0);
	opens(&j, "aside");
	assert_false(j.aside);
	journal_close(&j);
}

/* Starts a session in another process, which goes on until it is killed. */
static pid_t session(void)
{
	struct journal j;
	int ready[2];
	pid_t pid;
	char c;

	pid = support_fork(ready);
	if (pid == 0) {
		if (open_journal(&j, dir, "box", 0) == 0 &&
		    write(ready[1], "r", 1) == 1)
			for (;;)
				(void)pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	(void)close(ready[0]);
	(void)close(ready[1]);
	return pid;
}

static volatile sig_atomic_t alarms;
static pid_t victim;

static void kill_victim(int signal)
{
	(void)signal;
	alarms++;
	(void)kill(victim, SIGKILL);
}

/* A signal that comes while we wait does not end the wait either. */
static void a_session_that_dies_has_it_no_more(void **state)
{
	struct sigaction act = {.sa_handler = kill_victim};
	struct journal j;
	int status;

	(void)state;
	victim = session();
	refuses("box");
	assert_int_equal(sigaction(SIGALRM, &act, NULL), 0);
	assert_int_equal(ualarm(60000, 0), 0);
	assert_int_equal(open_journal(&j, dir, "box", deadline_in(20)), 0);
	assert_int_equal(alarms, 1);
	assert_int_equal(waitpid(victim, &status, 0), victim);
	journal_close(&j);
}

static void calls_that_fail_are_told(void **state)
{
	struct journal j;

	(void)state;
	FAIL_NEXT(fstat, EIO); /* of the directory */
	refuses("fails");
	FAIL_NEXT(fsync, EIO); /* it may be lost in a power cut */
	refuses("fails");
	assert_int_equal(errno, EIO);
	flock_error = ENOLCK;
	refuses("fails");
	assert_int_equal(errno, ENOLCK);
	flock_error = EINTR; /* it is tried again */
	opens(&j, "fails");
	journal_close(&j);
}

static void remove_it(void)
{
	assert_int_equal(unlink(in_dir("stale.journal")), 0);
}

static void replace_it(void)
{
	char new[256];

	(void)snprintf(new, sizeof(new), "%s/new", dir);
	assert_int_equal(close(creat(new, 0600)), 0);
	assert_int_equal(rename(new, in_dir("stale.journal")), 0);
}

/* onepopctl recover removed it, or a session renamed it, before we had it. */
static void a_journal_removed_meanwhile_is_opened_anew(void **state)
{
	static void (*const ways[])(void) = {remove_it, replace_it};
	struct stat had, there;
	struct journal j;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(ways); i++) {
		meanwhile = ways[i];
		opens(&j, "stale");
		assert_int_equal(fstat(j.fd, &had), 0);
		assert_int_equal(stat(in_dir("stale.journal"), &there), 0);
		assert_true(had.st_ino == there.st_ino);
		journal_close(&j);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_journal_is_made_for_its_owner_only),
		cmocka_unit_test(what_it_holds_is_kept),
		cmocka_unit_test(what_is_no_file_of_ours_is_refused),
		cmocka_unit_test(a_failure_to_look_at_it_is_returned),
		cmocka_unit_test(one_session_at_a_time_has_the_journal),
		cmocka_unit_test(a_session_that_dies_has_it_no_more),
		cmocka_unit_test(
			a_journal_set_aside_is_known_by_all_that_follow),
		cmocka_unit_test(calls_that_fail_are_told),
		cmocka_unit_test(a_journal_removed_meanwhile_is_opened_anew),
	};

	return cmocka_run_group_tests(tests, begin, end);
}

/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "config/options.h"
#include "sandbox/sandbox.h"

extern char **environ;

/* What a process still has. */
struct left {
	bool failed;
	char fds[10]; /* 'o' open, '0' /dev/null, '-' closed */
	char path[64], listen_fds[8], listen_pid[16];
	int variables;
	mode_t mask;
	rlim_t core, core_most;
	int dumpable;
	bool pipe_ignored, xfsz_ignored, term_ignored, term_blocked;
};

static bool is_ignored(int sig)
{
	struct sigaction act;

	return sigaction(sig, NULL, &act) == 0 && act.sa_handler == SIG_IGN;
}

static bool is_blocked(int sig)
{
	sigset_t now;

	return sigprocmask(SIG_SETMASK, NULL, &now) == 0 &&
	       sigismember(&now, sig) == 1;
}

static void copy_variable(char *to, size_t size, const char *name)
{
	const char *value;

	value = getenv(name);
	(void)snprintf(to, size, "%s", value ? value : "-");
}

static char kind(int fd)
{
	struct stat st, null;

	if (fstat(fd, &st) < 0)
		return '-';
	return stat("/dev/null", &null) == 0 && st.st_rdev == null.st_rdev
	               ? '0'
	               : 'o';
}

static void look(struct left *l)
{
	struct rlimit core;
	char **e;
	int fd;

	for (fd = 0; fd < (int)sizeof(l->fds) - 1; fd++)
		l->fds[fd] = kind(fd);
	for (e = environ; *e; e++)
		l->variables++;
	copy_variable(l->path, sizeof(l->path), "PATH");
	copy_variable(l->listen_fds, sizeof(l->listen_fds), "LISTEN_FDS");
	copy_variable(l->listen_pid, sizeof(l->listen_pid), "LISTEN_PID");
	l->mask = umask(0);
	(void)getrlimit(RLIMIT_CORE, &core);
	l->core = core.rlim_cur;
	l->core_most = core.rlim_max;
	l->dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	l->pipe_ignored = is_ignored(SIGPIPE);
	l->xfsz_ignored = is_ignored(SIGXFSZ);
	l->term_ignored = is_ignored(SIGTERM);
	l->term_blocked = is_blocked(SIGTERM);
}

/* How the process is started: descriptors 2 to 8 and the environment. */
struct start {
	const char *listen_fds;
	bool other;  /* LISTEN_PID is not us */
	bool closed; /* 0 and 2 are */
};

static void prepare(const struct start *s)
{
	const struct rlimit core = {1000, 2000};
	char pid[16];
	sigset_t all;
	int fd;

	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid() - s->other);
	(void)setenv("LD_LIBRARY_PATH", "/tmp", 1);
	(void)setenv("IFS", "x", 1);
	if (s->listen_fds) {
		(void)setenv("LISTEN_FDS", s->listen_fds, 1);
		(void)setenv("LISTEN_PID", pid, 1);
	}
	for (fd = 2; fd < 9; fd++)
		(void)dup2(STDOUT_FILENO, fd);
	(void)dup2(STDOUT_FILENO, STDIN_FILENO);
	if (s->closed) {
		(void)close(0);
		(void)close(2);
	}
	(void)signal(SIGTERM, SIG_IGN);
	(void)setrlimit(RLIMIT_CORE, &core);
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)umask(0);
}

/* In a child; its descriptor 1 is a pipe to us. */
static struct left start(const struct start *s)
{
	struct left l = {.failed = true};
	int ends[2];
	pid_t child;

	child = support_fork(ends);
	if (child == 0) {
		(void)dup2(ends[1], STDOUT_FILENO);
		prepare(s);
		l.failed = sandbox_start() != NULL;
		look(&l);
		_exit(write(STDOUT_FILENO, &l, sizeof(l)) != sizeof(l));
	}
	support_reap(child, 0);
	assert_int_equal(read(ends[0], &l, sizeof(l)), sizeof(l));
	assert_int_equal(close(ends[0]), 0);
	assert_int_equal(close(ends[1]), 0);
	assert_false(l.failed);
	return l;
}

static void descriptors_but_the_standard_ones_are_closed(void **state)
{
	const struct start s = {NULL, false, false};

	(void)state;
	assert_string_equal(start(&s).fds, "ooo------");
}

static void a_descriptor_from_systemd_stays_open(void **state)
{
	const struct start ours = {"1", false, false};
	const struct start others = {"1", true, false};

	(void)state;
	assert_string_equal(start(&ours).fds, "oooo-----");
	assert_string_equal(start(&others).fds, "ooo------");
}

/* A mailbox opened later must not become descriptor 2. */
static void standard_descriptors_are_never_free(void **state)
{
	const struct start s = {NULL, false, true};
	const struct start handed = {"1", false, true};

	(void)state;
	assert_string_equal(start(&s).fds, "0o0------");
	assert_string_equal(start(&handed).fds, "0o0o-----");
}

static void the_environment_is_a_path(void **state)
{
	const struct start s = {NULL, false, false};
	struct left l;

	(void)state;
	l = start(&s);
	assert_int_equal(l.variables, 1);
	assert_string_equal(l.path, "/usr/sbin:/usr/bin:/sbin:/bin");
}

static void systemds_variables_are_kept_where_they_are_ours(void **state)
{
	const struct start ours = {"1", false, false};
	const struct start others = {"1", true, false};
	struct left l;

	(void)state;
	l = start(&ours);
	assert_int_equal(l.variables, 3);
	assert_string_equal(l.listen_fds, "1");
	assert_true(strtol(l.listen_pid, NULL, 10) > 1);
	assert_int_equal(start(&others).variables, 1);
}

static void nothing_of_it_is_left_to_others(void **state)
{
	const struct start s = {NULL, false, false};
	struct left l;

	(void)state;
	l = start(&s);
	assert_int_equal(l.mask, 077);
	assert_int_equal(l.core, 0);
	assert_int_equal(l.core_most, 2000);
	assert_int_equal(l.dumpable, 0);
}

static void signals_are_as_they_should_be(void **state)
{
	const struct start s = {NULL, false, false};
	struct left l;

	(void)state;
	l = start(&s);
	assert_true(l.pipe_ignored);
	assert_true(l.xfsz_ignored);
	assert_false(l.term_ignored);
	assert_false(l.term_blocked);
}

static void *run_thread(void *data)
{
	return data;
}

/*
 * Wants too much memory after login.  A PAM module had a thread: since then
 * libc looks for another heap when one is full.
 */
static int want_much(void)
{
	static const struct options o = {.sandbox = SANDBOX_REQUIRE};
	const struct sandbox_files none = {.n = 0};
	pthread_t thread;
	void *volatile much; /* the compiler would leave it out */

	if (pthread_create(&thread, NULL, run_thread, NULL) != 0 ||
	    pthread_join(thread, NULL) != 0)
		return 1;
	if (sandbox_start() || sandbox_mail(&o, &none))
		return 2;
	much = malloc((size_t)1 << 30);
	free(much);
	return 0;
}

static void who_wants_too_much_memory_is_told_and_not_killed(void **state)
{
	pid_t child;

	(void)state;
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(want_much());
	support_reap(child, 0);
}

#define MIB ((off_t)1 << 20)

static int make_file(off_t size)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	return fd;
}

/*
 * Returns the wait status of a child that writes there to the state of a
 * mailbox of 1 MiB.
 */
static int write_state(off_t at)
{
	static const struct options o = {.sandbox = SANDBOX_REQUIRE};
	int mailbox = make_file(MIB), journal = make_file(0), status;
	const struct sandbox_files files = {.mailbox = &mailbox,
	                                    .journal = &journal};
	pid_t child;

	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(sandbox_mail(&o, &files) ||
		      pwrite(journal, "x", 1, at) != 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(close(mailbox), 0);
	assert_int_equal(close(journal), 0);
	return status;
}

static void state_has_a_bound_for_the_size_of_the_mailbox(void **state)
{
	const off_t most = 64 * MIB + 8 * MIB;

	(void)state;
	assert_int_equal(write_state(most), 0);
	assert_int_equal(WTERMSIG(write_state(most + 1)), SIGSYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors_but_the_standard_ones_are_closed),
		cmocka_unit_test(a_descriptor_from_systemd_stays_open),
		cmocka_unit_test(standard_descriptors_are_never_free),
		cmocka_unit_test(the_environment_is_a_path),
		cmocka_unit_test(
			systemds_variables_are_kept_where_they_are_ours),
		cmocka_unit_test(nothing_of_it_is_left_to_others),
		cmocka_unit_test(signals_are_as_they_should_be),
		cmocka_unit_test(
			who_wants_too_much_memory_is_told_and_not_killed),
		cmocka_unit_test(state_has_a_bound_for_the_size_of_the_mailbox),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* Wraps: fork pidfd_open poll prctl */
#include "support.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>

#include "admin/crew.h"
#include "fails.h"

FAILS(fork, pid_t, (void), (), -1)
FAILS(pidfd_open, int, (pid_t child, unsigned int how), (child, how), -1)
FAILS(poll, int, (struct pollfd * fds, nfds_t n, int left), (fds, n, left), -1)
FAILS(prctl, int, (int what, unsigned long a, ...), (what, a), -1)

#define LONG 60000 /* milliseconds: no child needs so long */

static struct crew crew;
static int told; /* how often, and of whom, and what */
static char name[PATH_MAX];
static int how;

static void take(void *to, const char *who, int what)
{
	assert_ptr_equal(to, &told);
	told++;
	(void)snprintf(name, sizeof(name), "%s", who);
	how = what;
}

static int begin(void **state)
{
	(void)state;
	told = 0;
	crew_init(&crew, take, &told);
	return 0;
}

static int end_with(void *with)
{
	return *(int *)with;
}

static int stop(void *with)
{
	(void)with;
	return raise(SIGSTOP);
}

static int be_killed(void *with)
{
	(void)with;
	return raise(SIGKILL);
}

static void start(const char *who, int time, crew_work_fn *work, void *with)
{
	assert_int_equal(
		crew_start(&crew, who, deadline_now() + time, work, with), 0);
}

static void assert_told(int times, const char *who, int what)
{
	assert_int_equal(told, times);
	assert_string_equal(name, who);
	assert_int_equal(how, what);
}

static void its_exit_status_is_told(void **state)
{
	int status = 7;

	(void)state;
	start("a", LONG, end_with, &status);
	crew_wait(&crew, 1);
	assert_int_equal(told, 0);
	crew_wait(&crew, 0);
	assert_told(1, "a", 7);
}

static void one_that_was_killed_is_told(void **state)
{
	(void)state;
	start("a", LONG, be_killed, NULL);
	crew_wait(&crew, 0);
	assert_told(1, "a", CREW_KILLED);
}

static void one_that_is_stopped_holds_up_nobody(void **state)
{
	int status = 0;

	(void)state;
	start("stopped", LONG, stop, NULL);
	start("a", LONG, end_with, &status);
	crew_wait(&crew, 1);
	assert_told(1, "a", 0);
	assert_string_equal(crew.member[0].name, "stopped");
	assert_int_equal(kill(crew.member[0].pid, SIGKILL), 0);
	crew_wait(&crew, 0);
	assert_told(2, "stopped", CREW_KILLED);
}

/* Ends one that is no member any more. */
static void end(pid_t pid)
{
	int status;

	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

/* Ends the first of the members that there are. */
static void end_first(void)
{
	assert_int_equal(kill(crew.member[0].pid, SIGKILL), 0);
	crew_wait(&crew, crew.n - 1);
}

static void one_that_is_overdue_is_left(void **state)
{
	int status = 0;
	pid_t pid;

	(void)state;
	start("first", LONG, end_with, &status);
	start("stopped", 20, stop, NULL);
	pid = crew.member[1].pid;
	crew_wait(&crew, 0);
	assert_told(2, "stopped", CREW_OVERDUE);
	end(pid);
}

static void the_earliest_deadline_counts(void **state)
{
	static const int times[] = {20, LONG};
	pid_t pid;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		(void)begin(NULL);
		start("a", times[i], stop, NULL);
		start("b", times[1 - i], stop, NULL);
		pid = crew.member[i].pid;
		crew_wait(&crew, 1);
		assert_told(1, i ? "b" : "a", CREW_OVERDUE);
		end(pid);
		end_first();
	}
}

static void more_than_fit_wait_for_another(void **state)
{
	pid_t first;
	int i;

	(void)state;
	for (i = 0; i < CREW_MOST; i++)
		start("a", i == 0 ? 200 : LONG, stop, NULL);
	first = crew.member[0].pid;
	assert_int_equal(told, 0);
	start("b", LONG, stop, NULL);
	assert_told(1, "a", CREW_OVERDUE);
	assert_int_equal(crew.n, CREW_MOST);
	end(first);
	while (crew.n > 0)
		end_first();
}

static void what_fails_is_returned(void **state)
{
	int status = 0;

	(void)state;
	FAIL_NEXT(fork, EAGAIN);
	assert_int_equal(
		crew_start(&crew, "a", DEADLINE_NEVER, end_with, &status), -1);
	assert_int_equal(errno, EAGAIN);
	FAIL_NEXT(pidfd_open, EMFILE);
	assert_int_equal(
		crew_start(&crew, "a", DEADLINE_NEVER, end_with, &status), -1);
	assert_int_equal(errno, EMFILE);
	assert_true(waitpid(-1, &status, 0) > 0);
	assert_int_equal(told, 0);
	start("a", LONG, end_with, &status);
	FAIL_NEXT(poll, EINTR); /* is tried again */
	crew_wait(&crew, 0);
	assert_told(1, "a", 0);
}

/* In a child that is bound: says so, and waits for its end. */
static int bind_and_tell(void *with)
{
	const int *to = with;

	if (crew_bind() < 0 || write(*to, "b", 1) != 1)
		return 1;
	for (;;)
		(void)pause();
}

/* A parent that ends while its child works. */
static void a_child_that_is_bound_ends_with_its_parent(void **state)
{
	int ends[2], status;
	pid_t parent;
	char c;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	parent = fork();
	if (parent == 0) {
		start("a", LONG, bind_and_tell, &ends[1]);
		/* It is bound when it has told. */
		_exit(read(ends[0], &c, 1) == 1 ? 0 : 1);
	}
	assert_int_equal(close(ends[1]), 0);
	assert_int_equal(waitpid(parent, &status, 0), parent);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(read(ends[0], &c, 1), 0); /* nobody has the other */
	assert_int_equal(close(ends[0]), 0);
}

static int fail_to_bind(void *with)
{
	FAIL_NEXT(prctl, EINVAL);
	(void)with;
	return crew_bind() < 0 && errno == EINVAL ? 5 : 6;
}

static void one_that_cannot_be_bound_is_told_so(void **state)
{
	(void)state;
	start("a", LONG, fail_to_bind, NULL);
	crew_wait(&crew, 0);
	assert_told(1, "a", 5);
	/* This process is not a child of its own. */
	assert_int_equal(crew_bind(), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(__real_prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0), 0);
}

static void one_that_cannot_be_bound_does_not_work(void **state)
{
	int status = 0;

	(void)state;
	FAIL_NEXT(prctl, EINVAL); /* as the child inherits it */
	start("a", LONG, end_with, &status);
	left_prctl = 0;
	crew_wait(&crew, 0);
	assert_told(1, "a", 255);
}

/* Has a child of its own before it changes the user. */
static int have_a_child(void *with)
{
	static struct crew own;
	static int status;

	(void)with;
	crew_init(&own, take, &told);
	if (crew_start(&own, "b", deadline_in(60), end_with, &status) < 0)
		return 1;
	crew_wait(&own, 0);
	return crew_bind() < 0 ? 2 : 0;
}

static void one_with_a_child_can_be_bound_again(void **state)
{
	(void)state;
	start("a", LONG, have_a_child, NULL);
	crew_wait(&crew, 0);
	assert_told(1, "a", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(its_exit_status_is_told, begin),
		cmocka_unit_test_setup(one_that_was_killed_is_told, begin),
		cmocka_unit_test_setup(one_that_is_stopped_holds_up_nobody,
	                               begin),
		cmocka_unit_test_setup(one_that_is_overdue_is_left, begin),
		cmocka_unit_test_setup(the_earliest_deadline_counts, begin),
		cmocka_unit_test_setup(more_than_fit_wait_for_another, begin),
		cmocka_unit_test_setup(what_fails_is_returned, begin),
		cmocka_unit_test_setup(
			a_child_that_is_bound_ends_with_its_parent, begin),
		cmocka_unit_test_setup(one_that_cannot_be_bound_is_told_so,
	                               begin),
		cmocka_unit_test_setup(one_that_cannot_be_bound_does_not_work,
	                               begin),
		cmocka_unit_test_setup(one_with_a_child_can_be_bound_again,
	                               begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

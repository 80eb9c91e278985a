/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>

#include "base/fileio.h"
#include "base/lock.h"

/* Another program, which locks as most do: fcntl(2), for the process. */
struct other {
	pid_t pid;
	int ready[2], leave[2];
};

static int other_lock(int fd, short type)
{
	struct flock l = {.l_type = type, .l_whence = SEEK_SET};

	return fcntl(fd, F_SETLK, &l);
}

static void other_main(const struct other *o, int fd, short type)
{
	char c;

	if (other_lock(fd, type) < 0 || write(o->ready[1], "r", 1) != 1)
		_exit(1);
	/* Dies, which unlocks, when told or when the test has ended. */
	_exit(read(o->leave[0], &c, 1) < 0);
}

static void other_begin(struct other *o, int fd, short type)
{
	char c;

	assert_int_equal(pipe(o->ready), 0);
	assert_int_equal(pipe(o->leave), 0);
	o->pid = fork();
	assert_true(o->pid >= 0);
	if (o->pid == 0) {
		(void)close(o->leave[1]);
		other_main(o, fd, type);
	}
	assert_int_equal(read(o->ready[0], &c, 1), 1);
}

static void other_end(struct other *o)
{
	(void)close(o->leave[1]);
	support_reap(o->pid, 0);
	(void)close(o->leave[0]);
	(void)close(o->ready[0]);
	(void)close(o->ready[1]);
}

/* Could another program lock it now? */
static bool free_for(int fd, short type)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(other_lock(fd, type) < 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status) == 0;
}

static void our_lock_keeps_the_others_out(void **state)
{
	int fd = support_file("x", 1);

	(void)state;
	assert_int_equal(lock_file(fd, LOCK_SHARED, 0), 0);
	assert_true(free_for(fd, F_RDLCK));
	assert_false(free_for(fd, F_WRLCK));
	assert_int_equal(lock_file(fd, LOCK_EXCLUSIVE, 0), 0);
	assert_false(free_for(fd, F_RDLCK));
	assert_false(free_for(fd, F_WRLCK));
	unlock_file(fd);
	assert_true(free_for(fd, F_WRLCK));
	assert_int_equal(close(fd), 0);
}

static void theirs_keeps_us_out(void **state)
{
	int fd = support_file("x", 1);
	struct other o;

	(void)state;
	other_begin(&o, fd, F_WRLCK);
	errno = 0;
	assert_int_equal(lock_file(fd, LOCK_SHARED, 0), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(lock_file(fd, LOCK_EXCLUSIVE, deadline_now() + 60),
	                 -1);
	assert_int_equal(errno, EAGAIN);
	other_end(&o);
	assert_int_equal(lock_file(fd, LOCK_EXCLUSIVE, 0), 0);
	assert_int_equal(close(fd), 0);
}

static void readers_share(void **state)
{
	int fd = support_file("x", 1);
	struct other o;

	(void)state;
	other_begin(&o, fd, F_RDLCK);
	assert_int_equal(lock_file(fd, LOCK_SHARED, 0), 0);
	assert_int_equal(lock_file(fd, LOCK_EXCLUSIVE, 0), -1);
	assert_int_equal(errno, EAGAIN);
	other_end(&o);
	assert_int_equal(close(fd), 0);
}

static struct other waited_for;
static int tries;
static struct fileio saved;

/* The other program ends while we wait, at our third try. */
static int third_try(int fd, struct flock *l)
{
	if (++tries == 3)
		other_end(&waited_for);
	return saved.lock(fd, l);
}

static void a_lock_that_becomes_free_is_taken(void **state)
{
	int fd = support_file("x", 1);

	(void)state;
	other_begin(&waited_for, fd, F_WRLCK);
	tries = 0;
	saved = fileio;
	fileio.lock = third_try;
	assert_int_equal(lock_file(fd, LOCK_EXCLUSIVE, deadline_in(20)), 0);
	fileio = saved;
	assert_int_equal(tries, 3);
	assert_int_equal(close(fd), 0);
}

static void the_lock_outlives_other_descriptors(void **state)
{
	char path[64];
	int fd = support_file("x", 1), other;

	(void)state;
	assert_int_equal(lock_file(fd, LOCK_EXCLUSIVE, 0), 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, O_RDWR | O_CLOEXEC);
	assert_true(other >= 0);
	assert_int_equal(close(other), 0);
	assert_false(free_for(fd, F_RDLCK));
	assert_int_equal(close(fd), 0);
}

static void two_sessions_exclude_each_other_in_one_process(void **state)
{
	char path[64];
	int fd = support_file("x", 1), other;

	(void)state;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, O_RDWR | O_CLOEXEC);
	assert_true(other >= 0);
	assert_int_equal(lock_file(fd, LOCK_EXCLUSIVE, 0), 0);
	assert_int_equal(lock_file(other, LOCK_SHARED, 0), -1);
	assert_int_equal(errno, EAGAIN);
	unlock_file(fd);
	assert_int_equal(lock_file(other, LOCK_SHARED, 0), 0);
	assert_int_equal(close(other), 0);
	assert_int_equal(close(fd), 0);
}

static int errors[8], error_count;

static int failing(int fd, struct flock *l)
{
	(void)fd;
	(void)l;
	errno = errors[error_count++];
	return errno ? -1 : 0;
}

static void fail_with(int first, int second, int third)
{
	errors[0] = first;
	errors[1] = second;
	errors[2] = third;
	error_count = 0;
	saved = fileio;
	fileio.lock = failing;
}

static void a_signal_does_not_end_the_wait(void **state)
{
	(void)state;
	fail_with(EINTR, EINTR, 0);
	assert_int_equal(lock_file(0, LOCK_SHARED, 0), 0);
	fileio = saved;
	assert_int_equal(error_count, 3);
}

static void either_errno_of_a_held_lock_is_waited_for(void **state)
{
	(void)state;
	fail_with(EACCES, EAGAIN, 0);
	assert_int_equal(lock_file(0, LOCK_SHARED, deadline_in(20)), 0);
	fileio = saved;
	assert_int_equal(error_count, 3);
	fail_with(EACCES, 0, 0);
	assert_int_equal(lock_file(0, LOCK_SHARED, 0), -1);
	assert_int_equal(errno, EAGAIN);
	fileio = saved;
}

static void other_errors_are_not_waited_for(void **state)
{
	int fd;

	(void)state;
	fail_with(ENOLCK, 0, 0);
	assert_int_equal(lock_file(0, LOCK_SHARED, deadline_in(600)), -1);
	assert_int_equal(errno, ENOLCK);
	fileio = saved;
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(lock_file(fd, LOCK_EXCLUSIVE, deadline_in(600)), -1);
	assert_int_equal(errno, EBADF); /* not open for writing */
	assert_int_equal(close(fd), 0);
}

static void unlocking_keeps_errno(void **state)
{
	(void)state;
	errno = EDOM;
	unlock_file(-1);
	assert_int_equal(errno, EDOM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_lock_keeps_the_others_out),
		cmocka_unit_test(theirs_keeps_us_out),
		cmocka_unit_test(readers_share),
		cmocka_unit_test(a_lock_that_becomes_free_is_taken),
		cmocka_unit_test(the_lock_outlives_other_descriptors),
		cmocka_unit_test(
			two_sessions_exclude_each_other_in_one_process),
		cmocka_unit_test(a_signal_does_not_end_the_wait),
		cmocka_unit_test(either_errno_of_a_held_lock_is_waited_for),
		cmocka_unit_test(other_errors_are_not_waited_for),
		cmocka_unit_test(unlocking_keeps_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

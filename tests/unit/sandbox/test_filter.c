/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/netlink.h>
#include <locale.h>
#include <pthread.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "sandbox/filter.h"

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08 /* of Linux 6.11 */
#endif

/* This call has the arguments of sockets in memory, where no filter sees them.
 */
#ifdef SYS_socketcall
#define SOCKETS_SEEN false
#else
#define SOCKETS_SEEN true
#endif

#define MOST (((uint64_t)5 << 32) + 1000) /* octets of state */

typedef void act_fn(void);

/* Returns the wait status of a child that does this under the filter. */
static int end_of(unsigned int filter, act_fn *act)
{
	int status;
	pid_t child;

	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    filter_enter(filter, MOST) < 0)
			_exit(9);
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void find_time_zone(void)
{
	time_t t = 0;
	struct tm tm;

	tzset();
	(void)localtime_r(&t, &tm);
}

static void find_locale(void)
{
	(void)setlocale(LC_ALL, "de_DE.UTF-8");
}

static void find_user(void)
{
	(void)getpwnam("nobody");
}

static void load_library(void)
{
	(void)dlopen("libnot-there.so.1", RTLD_NOW);
}

static void open_file(void)
{
	if (!fopen("/dev/null", "re"))
		_exit(1);
}

static void run_program(void)
{
	(void)execl("/bin/true", "true", (char *)NULL);
}

static void start_process(void)
{
	(void)fork();
}

static void make_socket(void)
{
	(void)socket(AF_UNIX, SOCK_STREAM, 0);
}

static void become_root(void)
{
	if (setuid(0) < 0)
		_exit(1);
}

static void duplicate(void)
{
	(void)fcntl(0, F_DUPFD, 9);
}

static void after_login_what_needs_a_file_dies(void **state)
{
	static act_fn *const acts[] = {find_time_zone, find_user, load_library,
	                               find_locale, open_file};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(acts); i++) {
		assert_true(WIFSIGNALED(end_of(FILTER_MAIL, acts[i])));
		assert_int_equal(WTERMSIG(end_of(FILTER_MAIL, acts[i])),
		                 SIGSYS);
	}
}

static void after_login_nothing_is_begun(void **state)
{
	static act_fn *const acts[] = {run_program, start_process, make_socket,
	                               become_root, duplicate};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(acts); i++) {
		assert_true(WIFSIGNALED(end_of(FILTER_MAIL, acts[i])));
		assert_int_equal(WTERMSIG(end_of(FILTER_MAIL, acts[i])),
		                 SIGSYS);
	}
}

static void serve_mail(void)
{
	struct timespec t;
	char *much;

	much = malloc(1 << 20);
	if (!much || clock_gettime(CLOCK_MONOTONIC, &t) < 0)
		_exit(1);
	memset(much, 1, 1 << 20);
	free(much);
}

static void after_login_memory_and_time_are_there(void **state)
{
	(void)state;
	assert_int_equal(end_of(FILTER_MAIL, serve_mail), 0);
}

/* As glibc 2.41 does for the random numbers of each thread. */
static void map_droppable(int protection)
{
	(void)mmap(NULL, 4096, protection, MAP_DROPPABLE | MAP_ANONYMOUS, -1,
	           0);
}

static void keep_random_state(void)
{
	map_droppable(PROT_READ | PROT_WRITE);
}

static void make_code(void)
{
	map_droppable(PROT_READ | PROT_EXEC);
}

static void after_login_random_numbers_have_memory_of_their_own(void **state)
{
	(void)state;
	assert_int_equal(end_of(FILTER_MAIL, keep_random_state), 0);
#ifndef __SANITIZE_ADDRESS__ /* its shadow memory may be mapped in any way */
	assert_int_equal(WTERMSIG(end_of(FILTER_MAIL, make_code)), SIGSYS);
#else
	(void)make_code;
#endif
}

/* One call that the kernel has, and one that it does not have yet. */
static void try_refused(void)
{
	if (syscall(SYS_reboot, 0, 0, 0, 0) != -1 || errno != ENOSYS)
		_exit(1);
	if (syscall(4000) != -1 || errno != ENOSYS)
		_exit(2);
	find_user();
	find_time_zone();
}

static void before_login_calls_fail_and_libc_works(void **state)
{
	(void)state;
	assert_int_equal(end_of(FILTER_LOGIN, try_refused), 0);
}

static int error_of_audit(void)
{
	return socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT) < 0 ? errno : 0;
}

static void find_no_audit(void)
{
	if ((SOCKETS_SEEN && error_of_audit() != EPROTONOSUPPORT) ||
	    socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) < 0)
		_exit(1);
	make_socket();
}

/* Each family that is allowed exposes code of the kernel. */
static bool is_served(int family)
{
	return !SOCKETS_SEEN || family == AF_UNIX || family == AF_INET ||
	       family == AF_INET6 || family == AF_NETLINK;
}

static void find_no_other_family(void)
{
	bool refused;
	int family;

	for (family = 0; family < 64; family++) {
		refused = socket(family, SOCK_STREAM, 0) < 0 && errno == ENOSYS;
		if (refused == is_served(family))
			_exit(1);
	}
}

static void before_login_there_are_few_kinds_of_sockets(void **state)
{
	(void)state;
	assert_int_equal(end_of(FILTER_LOGIN, find_no_other_family), 0);
	assert_int_equal(end_of(FILTER_ROOT, find_no_other_family), 0);
}

/* Whatever the error is here, it must be the kernel's, not the filter's. */
static void find_audit(void)
{
	int unfiltered;

	unfiltered = error_of_audit();
	if (filter_enter(FILTER_ROOT, 0) < 0 || error_of_audit() != unfiltered)
		_exit(1);
}

static void only_who_may_write_records_finds_audit(void **state)
{
	(void)state;
	assert_int_equal(end_of(FILTER_LOGIN, find_no_audit), 0);
	assert_int_equal(end_of(FILTER_HELPER, find_no_audit), 0);
	assert_int_equal(end_of(FILTER_ROOT, find_audit), 0);
	assert_int_equal(end_of(FILTER_ROOT, try_refused), 0);
}

/* The filter for another start user denies it to root, too. */
static void only_root_may_become_root_again(void **state)
{
	const int as_root = geteuid() == 0 ? 0 : 1;

	(void)state;
	assert_int_equal(WEXITSTATUS(end_of(FILTER_LOGIN, become_root)), 1);
	assert_int_equal(WEXITSTATUS(end_of(FILTER_HELPER, become_root)), 1);
	assert_int_equal(WEXITSTATUS(end_of(FILTER_ROOT, become_root)),
	                 as_root);
	assert_int_equal(
		WEXITSTATUS(end_of(FILTER_ROOT | FILTER_HELPER, become_root)),
		as_root);
}

#define WIDE (sizeof(long) == 8)

/* On a wide processor the kernel ignores it in an int. */
#define GARBAGE (1L << (WIDE ? 32 : 0))

static void find_no_audit_with_garbage(void)
{
	if (syscall(SYS_socket, AF_NETLINK | GARBAGE, SOCK_RAW,
	            NETLINK_AUDIT | GARBAGE) >= 0 ||
	    errno != EPROTONOSUPPORT)
		_exit(1);
}

static void find_limits_with_garbage(void)
{
	struct rlimit limit;

	if (syscall(SYS_prlimit64, GARBAGE, RLIMIT_FSIZE, NULL, &limit) < 0)
		_exit(1);
}

/* To an address whose lower half is 0: an attacker could map it. */
static void send_elsewhere(void)
{
	(void)syscall(SYS_sendto, 0, "", 1, MSG_DONTWAIT, GARBAGE, 16);
}

static void numbers_are_compared_as_the_kernel_reads_them(void **state)
{
	(void)state;
	if (!WIDE)
		skip();
	if (SOCKETS_SEEN)
		assert_int_equal(
			end_of(FILTER_LOGIN, find_no_audit_with_garbage), 0);
	assert_int_equal(end_of(FILTER_MAIL, find_limits_with_garbage), 0);
	assert_int_equal(WTERMSIG(end_of(FILTER_MAIL, send_elsewhere)), SIGSYS);
}

typedef void change_fn(int fd, off_t a, off_t b);

static void write_at(int fd, off_t octets, off_t at)
{
	(void)syscall(SYS_pwrite64, fd, "", octets, at);
}

static void put(int fd, off_t octets, off_t at)
{
	static const char *volatile text = "";

	if (pwrite(fd, text, (size_t)octets, at) < 0)
		_exit(0);
}

static void cut(int fd, off_t size, off_t unused)
{
	(void)unused;
	if (ftruncate(fd, size) < 0)
		_exit(0);
}

static void reserve(int fd, off_t at, off_t octets)
{
	(void)fallocate(fd, 0, at, octets);
}

static void append(int fd, off_t garbage, off_t unused)
{
	(void)unused;
	(void)syscall(SYS_write, fd | (long)garbage, "", 1);
}

/* Changes a file after login.  Returns 0, or the signal that it causes. */
static int fate(change_fn *change, int fd, off_t a, off_t b)
{
	int status, file;
	pid_t child;

	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		file = open("/tmp", O_TMPFILE | O_RDWR, 0600);
		if (file < 0 || dup2(file, fd) < 0 ||
		    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    filter_enter(FILTER_MAIL, MOST) < 0)
			_exit(9);
		change(fd, a, b);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void after_login_state_has_a_bound(void **state)
{
	static const int fds[] = {FILTER_JOURNAL, FILTER_INDEX, FILTER_KEPT};
	const off_t most = (off_t)MOST, more = most + 1;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < LENGTH(fds); i++) {
		fd = fds[i];
		assert_int_equal(fate(put, fd, 1, most), 0);
		assert_int_equal(fate(put, fd, 1, more), SIGSYS);
		assert_int_equal(fate(put, fd, 1, (off_t)6 << 32), SIGSYS);
		assert_int_equal(fate(put, fd, 1, (off_t)4 << 32 | ~0U), 0);
		assert_int_equal(fate(put, fd, 1, -1), SIGSYS);
		assert_int_equal(fate(cut, fd, 4096, 0), 0);
		assert_int_equal(fate(cut, fd, most, 0), 0);
		assert_int_equal(fate(cut, fd, more, 0), SIGSYS);
		assert_int_equal(fate(cut, fd, (off_t)6 << 32, 0), SIGSYS);
		assert_int_equal(fate(reserve, fd, 0, 4096), 0);
		assert_int_equal(fate(reserve, fd, more, 1), SIGSYS);
		assert_int_equal(fate(reserve, fd, 0, more), SIGSYS);
		/* Only pwrite may write there. */
		assert_int_equal(fate(append, fd, 0, 0), SIGSYS);
		if (!WIDE)
			continue;
		assert_int_equal(fate(write_at, fd, more, 0), SIGSYS);
		assert_int_equal(fate(append, fd, GARBAGE, 0), SIGSYS);
	}
	/* The mailbox has no limit here. */
	assert_int_equal(fate(put, FILTER_KEPT + 1, 1, more), 0);
	assert_int_equal(fate(cut, FILTER_KEPT + 1, more, 0), 0);
}

static void *run_thread(void *data)
{
	return data;
}

/* PAM modules may do this. */
static void start_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run_thread, NULL) != 0 ||
	    pthread_join(thread, NULL) != 0)
		_exit(1);
}

/* fork(3), vfork and exec all fail. */
static void start_no_process(void)
{
	start_thread();
	if (fork() >= 0 || errno != ENOSYS || vfork() >= 0 || errno != ENOSYS ||
	    execl("/bin/true", "true", (char *)NULL) == 0 || errno != ENOSYS)
		_exit(1);
}

static void start_a_process(void)
{
	int status = 1;
	pid_t child;

	start_thread();
	child = fork();
	if (child == 0)
		_exit(0);
	if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0)
		_exit(1);
}

static void only_a_helper_is_another_process(void **state)
{
	(void)state;
	assert_int_equal(end_of(FILTER_LOGIN, start_no_process), 0);
	assert_int_equal(end_of(FILTER_ROOT, start_no_process), 0);
	assert_int_equal(end_of(FILTER_HELPER, start_a_process), 0);
	assert_int_equal(end_of(FILTER_HELPER | FILTER_ROOT, start_a_process),
	                 0);
}

static void find_a_damaged_heap(void)
{
	abort();
}

static void a_session_that_aborts_dies_of_it(void **state)
{
	const int status = end_of(FILTER_LOGIN, find_a_damaged_heap);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_login_there_are_few_kinds_of_sockets),
		cmocka_unit_test(only_a_helper_is_another_process),
		cmocka_unit_test(a_session_that_aborts_dies_of_it),
		cmocka_unit_test(after_login_state_has_a_bound),
		cmocka_unit_test(numbers_are_compared_as_the_kernel_reads_them),
		cmocka_unit_test(only_who_may_write_records_finds_audit),
		cmocka_unit_test(only_root_may_become_root_again),
		cmocka_unit_test(after_login_what_needs_a_file_dies),
		cmocka_unit_test(after_login_nothing_is_begun),
		cmocka_unit_test(after_login_memory_and_time_are_there),
		cmocka_unit_test(
			after_login_random_numbers_have_memory_of_their_own),
		cmocka_unit_test(before_login_calls_fail_and_libc_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

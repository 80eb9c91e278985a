/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/watchdog.h"

static char *top;
static char path[128];

static int set_up(void **state)
{
	(void)state;
	top = support_directory("/tmp");
	(void)snprintf(path, sizeof(path), "%s/log", top);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	support_remove(top);
	return 0;
}

/* In a child whose log is a file. */
static pid_t start(void)
{
	pid_t child;
	int fd;

	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
			_exit(1);
		log_open(-1);
		log_keep_error(LOG_SETUP_ERROR, "%s", "it \"hangs\"");
	}
	return child;
}

static void assert_logged(const char *want)
{
	char text[256];
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	n = read(fd, text, sizeof(text));
	assert_int_equal(close(fd), 0);
	assert_int_equal(n, strlen(want));
	assert_memory_equal(text, want, strlen(want));
}

static void what_does_not_return_is_ended_with_a_line(void **state)
{
	pid_t child;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		child = start();
		if (child == 0) {
			if (watchdog_start(1) < 0)
				_exit(1);
			/* alarm(2) is left to modules. */
			(void)signal(SIGALRM, SIG_IGN);
			(void)alarm(i ? 5 : 0);
			for (;;)
				(void)pause();
		}
		support_reap(child, EX_UNAVAILABLE);
		assert_logged("onepop: setup error: "
		              "reason=\"it \\\"hangs\\\"\"\n");
	}
}

static void what_returns_goes_on_and_may_be_watched_again(void **state)
{
	struct sigaction action;
	pid_t child;
	int i;

	(void)state;
	child = start();
	if (child == 0) {
		for (i = 0; i < 3; i++) {
			if (watchdog_start(1) < 0)
				_exit(1);
			watchdog_stop();
		}
		(void)sigaction(SIGRTMAX - 1, NULL, &action);
		(void)usleep(1100000);
		_exit(action.sa_handler != SIG_DFL);
	}
	support_reap(child, 0);
	assert_logged("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_return_is_ended_with_a_line),
		cmocka_unit_test(what_returns_goes_on_and_may_be_watched_again),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check/checkrun.h"

#include "base/deadline.h"

/* Returns 0, or an error number. */
static int start_program(const char *const *argv, int out, pid_t *ret)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char locale[] = "LC_ALL=C";
	static char *const environment[] = {path, locale, NULL};
	posix_spawn_file_actions_t actions;
	int error;

	error = posix_spawn_file_actions_init(&actions);
	if (error)
		return error;
	error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO,
	                                         "/dev/null", O_RDONLY, 0);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, out,
		                                         STDOUT_FILENO);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, out,
		                                         STDERR_FILENO);
	if (!error) /* posix_spawn changes none of the strings */
		error = posix_spawn(ret, argv[0], &actions, NULL,
		                    (char *const *)(uintptr_t)argv,
		                    environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	return error;
}

static void read_output(int fd, int seconds, char *ret, size_t size)
{
	deadline_t until = deadline_in(seconds);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t n = 0;
	ssize_t got = 1;

	while (got > 0 && n < size - 1) {
		if (poll(&p, 1, deadline_left(until)) <= 0)
			break;
		got = read(fd, ret + n, size - 1 - n);
		if (got > 0)
			n += (size_t)got;
	}
	ret[n] = '\0';
}

int checkrun_ask(const char *const *argv, int seconds, char *ret, size_t size)
{
	int fd[2], error;
	pid_t child;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return -1;
	error = start_program(argv, fd[1], &child);
	(void)close(fd[1]);
	if (!error) {
		read_output(fd[0], seconds, ret, size);
		(void)kill(child, SIGKILL);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	(void)close(fd[0]);
	errno = error;
	return error ? -1 : 0;
}

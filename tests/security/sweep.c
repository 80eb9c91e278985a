/* SPDX-License-Identifier: ISC */
/*
 * sweep: tries each system call number in a child that is in the stage after
 * login, or before it, and prints the names that do not kill the child, or
 * that do not fail as refused ones do.  tests/security/calls compares them
 * with src/sandbox/syscalls.tab.
 *
 * usage: sweep mail|login
 */
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/filter.h"

#define NUMBERS 512
#define BAD     (-1L) /* no descriptor, no address, no process */

/* In the child: its exit status is the error. */
static void call(unsigned int filter, int number)
{
	long ret;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    filter_enter(filter, 0) < 0)
		(void)raise(SIGUSR1);
	errno = 0;
	ret = syscall(number, BAD, BAD, BAD, BAD, BAD, BAD);
	(void)syscall(SYS_exit_group, ret < 0 ? errno : 0);
}

#define PATIENCE 5000 /* milliseconds, for a machine that has much to do */

/* A child that hangs in the call was let in. */
static int wait_for(pid_t child)
{
	int status = 0, tries;

	for (tries = 0; tries < PATIENCE; tries++) {
		if (waitpid(child, &status, WNOHANG) == child)
			return status;
		(void)usleep(1000);
	}
	(void)kill(child, SIGKILL);
	(void)waitpid(child, &status, 0);
	return 0;
}

static bool is_let_in(unsigned int filter, int number)
{
	pid_t child;
	int status;

	child = fork();
	if (child < 0)
		exit(2);
	if (child == 0)
		call(filter, number);
	status = wait_for(child);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1)
		exit(2);
	if (filter == FILTER_MAIL)
		return !(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	return !(WIFEXITED(status) && (WEXITSTATUS(status) == EPERM ||
	                               WEXITSTATUS(status) == ENOSYS));
}

int main(int argc, char **argv)
{
	unsigned int filter = FILTER_MAIL;
	int number;
	char *name;

	if (argc > 1 && strcmp(argv[1], "login") == 0)
		filter = FILTER_LOGIN;
	for (number = 0; number < NUMBERS; number++) {
		if (!is_let_in(filter, number))
			continue;
		name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE,
		                                        number);
		if (name)
			(void)printf("%s\n", name);
		else
			(void)printf("%d\n", number);
		free(name);
	}
	return 0;
}

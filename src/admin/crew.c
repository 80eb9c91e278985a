/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "admin/crew.h"

#define UNBOUND 255 /* exit status of a child without a parent */

static pid_t parent; /* as a child sees it */

void crew_init(struct crew *c, crew_told_fn *told, void *to)
{
	c->told = told;
	c->to = to;
	c->n = 0;
}

void crew_keep_end(void *to, const char *name, int how)
{
	(void)name;
	*(int *)to = how;
}

static pid_t fork_member(crew_work_fn *work, void *with)
{
	const pid_t self = getpid();
	pid_t child;

	child = fork();
	if (child == 0) {
		parent = self;
		_exit(crew_bind() < 0 ? UNBOUND : work(with));
	}
	return child;
}

int crew_start(struct crew *c, const char *name, deadline_t until,
               crew_work_fn *work, void *with)
{
	struct crew_member *m;

	crew_wait(c, CREW_MOST - 1);
	m = &c->member[c->n];
	m->pid = fork_member(work, with);
	if (m->pid < 0)
		return -1;
	m->fd = pidfd_open(m->pid, 0);
	if (m->fd < 0)
		return -1;
	m->until = until;
	(void)snprintf(m->name, sizeof(m->name), "%s", name);
	c->n++;
	return 0;
}

int crew_bind(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -1;
	errno = ESRCH;
	return getppid() == parent ? 0 : -1;
}

static void remove_member(struct crew *c, size_t i, int how)
{
	(void)close(c->member[i].fd);
	c->told(c->to, c->member[i].name, how);
	c->member[i] = c->member[--c->n];
}

static int read_status(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WNOHANG) != pid || !WIFEXITED(status))
		return CREW_KILLED;
	return WEXITSTATUS(status);
}

/* Returns the milliseconds until the first child is overdue. */
static int find_time_left(const struct crew *c)
{
	int left = deadline_left(c->member[0].until), other;
	size_t i;

	for (i = 1; i < c->n; i++) {
		other = deadline_left(c->member[i].until);
		if (other < left)
			left = other;
	}
	return left;
}

/* Waits until one or more have ended, or are overdue. */
static void wait_once(struct crew *c)
{
	struct pollfd ended[CREW_MOST] = {0};
	size_t i;

	for (i = 0; i < c->n; i++)
		ended[i] = (struct pollfd){c->member[i].fd, POLLIN, 0};
	(void)poll(ended, c->n, find_time_left(c));
	for (i = c->n; i-- > 0;)
		if (ended[i].revents)
			remove_member(c, i, read_status(c->member[i].pid));
		else if (deadline_left(c->member[i].until) == 0)
			remove_member(c, i, CREW_OVERDUE);
}

void crew_wait(struct crew *c, size_t most)
{
	while (c->n > most)
		wait_once(c);
}

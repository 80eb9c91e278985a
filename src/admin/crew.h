/*
 * Child processes that work at the same time, each for a bounded time.  A
 * child that has become a user can be stopped by that user, and one that looks
 * at a user's files may get no answer: then it holds up no other child, and the
 * caller for no longer than its time.
 */
#ifndef ONEPOP_CREW_H
#define ONEPOP_CREW_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/deadline.h"

#define CREW_MOST 16

/* How a child ended, where it has no exit status. */
#define CREW_KILLED  (-1)
#define CREW_OVERDUE (-2) /* it goes on, until the caller ends */

/* Is told how the child of that name ended. */
typedef void crew_told_fn(void *to, const char *name, int how);

struct crew_member {
	pid_t pid;
	int fd; /* its pidfd */
	deadline_t until;
	char name[PATH_MAX];
};

struct crew {
	crew_told_fn *told;
	void *to;
	size_t n;
	struct crew_member member[CREW_MOST];
};

void crew_init(struct crew *c, crew_told_fn *told, void *to);

/*
 * A child's work, which becomes its exit status.  The child ends when its
 * parent does; one that changes its user calls crew_bind for that.
 */
typedef int crew_work_fn(void *with);

/*
 * Starts a child, after waiting for another to end where there are CREW_MOST.
 * Returns 0, or -1 with errno: a child that was started even so is overdue.
 */
int crew_start(struct crew *c, const char *name, deadline_t until,
               crew_work_fn *work, void *with);

/* Waits until no more than most of them are left. */
void crew_wait(struct crew *c, size_t most);

/*
 * For a child that has changed its user, which undoes that: it ends when its
 * parent does, who may have no right to end it.  Returns 0, or -1 with errno.
 */
int crew_bind(void);

#endif

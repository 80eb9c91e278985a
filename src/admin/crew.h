/* SPDX-License-Identifier: ISC */
/*
 * Child processes that work at the same time, each for a bounded time.  A user
 * can stop a child that has become that user, and a user's file system may not
 * answer: such a child holds up no other child, and the caller only for its
 * time.
 */
#ifndef ONEPOP_CREW_H
#define ONEPOP_CREW_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/deadline.h"

#define CREW_MOST 16

/* The end of a child that has no exit status. */
#define CREW_KILLED  (-1)
#define CREW_OVERDUE (-2) /* it goes on, as after crew_bind */

/* Is called at the end of a child; how is its exit status, or CREW_... */
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

/* For a crew of one child: keeps how it ended in an int at to. */
void crew_keep_end(void *to, const char *name, int how);

/*
 * The work of a child.  Returns its exit status.  The child ends when its
 * parent does; after a change of user, see crew_bind.
 */
typedef int crew_work_fn(void *with);

/*
 * Starts a child; if there are CREW_MOST, waits until one has ended.  Returns
 * 0, or -1 with errno; a child may have been started then, and goes on.
 */
int crew_start(struct crew *c, const char *name, deadline_t until,
               crew_work_fn *work, void *with);

/* Waits until at most this number of children is left. */
void crew_wait(struct crew *c, size_t most);

/*
 * Lets the child that calls it end when its parent does.  A change of user
 * undoes that.  The kernel ends it only if the parent may signal it then: root
 * may, but without CAP_KILL not the child that has become another user, which
 * goes on until its work is done.  Returns 0, or -1 with errno.
 */
int crew_bind(void);

#endif

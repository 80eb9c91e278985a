/* SPDX-License-Identifier: ISC */
/*
 * A user's copies of deleted messages (keptfile.h), for onepopctl deleted and
 * undelete: no session is at work, and a child does as the user what reads
 * strangers' mail.
 */
#ifndef ONEPOP_COPIES_H
#define ONEPOP_COPIES_H

#include <stdbool.h>
#include <stdint.h>

#include "admin/crew.h"
#include "config/account.h"
#include "maildrop/maildrop.h"

struct options;

struct copies {
	const struct options *options;
	struct account account;
	struct maildrop maildrop; /* prepared: its journal is locked */
	int file;                 /* of the copies; -1: there are none */
	int out;                  /* of what the child tells */
};

/*
 * Opens the copies of a user.  Returns 0, or an exit status after it has
 * printed the problem.  If the user has none, file is -1, and nothing else is
 * open.
 */
int copies_open(struct copies *c, const struct options *o, const char *login);

/*
 * Has a child do the work, for a bounded time.  Returns the child's exit
 * status, or -1 after it has printed the problem.
 */
int copies_work(struct copies *c, crew_work_fn *work, void *with);

/*
 * To be called first by the child: becomes the user, has mailbox opened if
 * that is asked for, and enters S2.  Afterwards the copies are COPIES_IN, and
 * what the child writes to COPIES_OUT the parent can read in c->out.  Returns
 * NULL, or the problem in words.
 */
const char *copies_become_user(struct copies *c, bool mailbox);

#define COPIES_IN  0
#define COPIES_OUT 1

/* Prints a problem about the user. */
void copies_print(const struct copies *c, const char *problem);

void copies_close(struct copies *c);

#endif

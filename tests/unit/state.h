/* SPDX-License-Identifier: ISC */
/* Opening what is kept beside a mailbox, by the state directory's path. */
#ifndef ONEPOP_TESTS_STATE_H
#define ONEPOP_TESTS_STATE_H

#include <unistd.h>

#include "base/statefile.h"
#include "index/index.h"
#include "update/journal.h"

static inline int open_journal(struct journal *j, const char *state_dir,
                               const char *name, deadline_t until)
{
	int dir = statefile_directory(state_dir), ret;

	ret = journal_open(j, dir, name, until);
	if (dir >= 0)
		(void)close(dir);
	return ret;
}

static inline void open_index(struct index *ix, const char *state_dir,
                              const char *name)
{
	int dir = statefile_directory(state_dir);

	index_open(ix, dir, name);
	if (dir >= 0)
		(void)close(dir);
}

#endif

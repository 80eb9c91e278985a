/*
 * Which mailbox a session is in, kept outside of it: a session that dies is
 * known by its systemd unit's invocation only, and its mailbox is then found
 * here, and not by a look at all of them.
 *
 * run_dir/sessions is a table of 1 MiB: an invocation has one of a few places
 * in it, and takes that of the oldest.  So some sessions may not be found when
 * a thousand others have begun since; the next login of those users finishes
 * their updates.
 */
#ifndef ONEPOP_SESSIONS_H
#define ONEPOP_SESSIONS_H

#include "base/statename.h"

/*
 * Before the switch to the user: the session of that invocation (options.h has
 * its form) is in the mailbox whose state has that name.  Returns 0, or -1
 * with errno, on which nothing depends.
 */
int sessions_note(const char *run_dir, const char *unit, const char *name);

/* Finds that name.  Returns 0, or -1. */
int sessions_find(const char *run_dir, const char *unit,
                  char name[static STATENAME_SIZE]);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * A table of which session is in which mailbox.  When a session has died, only
 * the invocation of its systemd unit is known; the table tells its mailbox.
 *
 * RUN_DIR/sessions has 1 MiB.  An invocation can have one of a few places in
 * the table, and takes the one whose entry is the oldest.  A session may be
 * missing if a thousand others have begun since; then its user's next login
 * finishes the update.
 */
#ifndef ONEPOP_SESSIONS_H
#define ONEPOP_SESSIONS_H

#include "base/statename.h"

/*
 * Notes that the session of that invocation, whose form is in options.h, is in
 * the mailbox with that state name (mailpath.h).  To be called before the
 * switch to the user.  Returns 0, or -1 with errno; the caller can ignore it.
 */
int sessions_note(const char *run_dir, const char *unit, const char *name);

/* Finds the state name of an invocation's mailbox.  Returns 0, or -1. */
int sessions_find(const char *run_dir, const char *unit,
                  char name[static STATENAME_SIZE]);

#endif

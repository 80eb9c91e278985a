/* SPDX-License-Identifier: ISC */
/* onepopctl prune: removes old copies of deleted messages (keptfile.h). */
#ifndef ONEPOP_PRUNE_H
#define ONEPOP_PRUNE_H

struct options;

/*
 * Removes the copies that are older than --keep-deleted, of all mailboxes; with
 * 0, which is the default, none: only a session's options may have the days.
 * A mailbox in use is left for the next time.  A file is written whole beside
 * the old one, which it then replaces; a process that is killed leaves the old
 * file or the new one.
 *
 * Prints how many copies it removed.  Returns 0; 1 where a file has a problem;
 * or EX_CONFIG of sysexits.h where the state directory cannot be opened.
 */
int prune_run(const struct options *o, const char *argument);

#endif

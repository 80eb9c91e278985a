/* SPDX-License-Identifier: ISC */
/*
 * The names of a mailbox's files in the state directory: NAME.journal,
 * NAME.index, NAME.uidl and NAME.deleted, where mailpath.h makes NAME of the
 * mailbox's path.
 */
#ifndef ONEPOP_STATENAME_H
#define ONEPOP_STATENAME_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define STATENAME_SIZE    (NAME_MAX - 20) /* octets of NAME, with its NUL */
#define STATENAME_JOURNAL ".journal"      /* journal.h */
#define STATENAME_INDEX   ".index"        /* index.h */
#define STATENAME_UIDL    ".uidl"         /* adopted.h */
#define STATENAME_NEW     ".uidl.new"     /* that file while it is written */
#define STATENAME_DELETED ".deleted"      /* kept.h */
#define STATENAME_PRUNED  ".deleted.new"  /* that file while it is written */

/*
 * Writes the name of the file whose NAME is the first n octets of name, and
 * whose suffix is one of those above.
 */
void statename_make(char file[static NAME_MAX + 1], const char *name, size_t n,
                    const char *suffix);

/* Returns the octets of NAME if file is NAME.journal, or else 0. */
size_t statename_of_journal(const char *file);

/* The same for any suffix. */
size_t statename_of(const char *file, const char *suffix);

/* Is it the name of one of these files, whatever follows the suffix? */
bool statename_is_state(const char *file);

#endif

/* SPDX-License-Identifier: ISC */
/* The directory of the mailboxes, and the users that may write to them. */
#ifndef ONEPOP_CHECKSPOOL_H
#define ONEPOP_CHECKSPOOL_H

#include <stdbool.h>
#include <sys/stat.h>

struct options;
struct report;

/*
 * Checks the part of --mailbox that is the administrator's.  If all mailboxes
 * are files in that directory, checks each for some seconds: its mode, and
 * whether it is mail in another form than mbox.
 */
void checkspool_mailboxes(const struct report *r, const struct options *o);

/* Returns whether all mailboxes are files in one directory. */
bool checkspool_is_flat(const char *pattern);

/* Reports a mailbox that others may write. */
void checkspool_file(const struct report *r, const char *path,
                     const struct stat *st);

/* Returns whether path, below the directory dir, is a Maildir with mail. */
bool checkspool_is_maildir(int dir, const char *path);

#endif

/* SPDX-License-Identifier: ISC */
/* onepopctl deleted: lists a user's copies of deleted messages. */
#ifndef ONEPOP_DELETED_H
#define ONEPOP_DELETED_H

struct options;

/*
 * Prints a line for each copy: when it was deleted, its octets, unique-id,
 * sender and subject.  What is not printable ASCII is escaped, as in the log.
 * The messages are read by a child, as the user.
 *
 * Returns 0; 1 where there is a problem; EX_TEMPFAIL of sysexits.h where a
 * session uses the mailbox; or EX_CONFIG where the state directory cannot be
 * opened.
 */
int deleted_run(const struct options *o, const char *login);

#endif

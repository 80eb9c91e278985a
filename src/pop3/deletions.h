/* SPDX-License-Identifier: ISC */
/* Logs which messages an update removes, and which of them have no copy. */
#ifndef ONEPOP_DELETIONS_H
#define ONEPOP_DELETIONS_H

struct session;

/*
 * With --log-deletions: logs the messages that are marked as deleted, several
 * in a line, each as its unique-id, octets and Message-ID.  To be called before
 * the update, which another line tells of if it fails: if the process dies,
 * recovery removes what was logged.
 */
void deletions_log(struct session *s);

/*
 * After the update, with --keep-deleted: logs how many messages went without a
 * copy, and why.
 */
void deletions_log_missed(struct session *s);

#endif

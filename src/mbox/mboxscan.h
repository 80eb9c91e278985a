/* SPDX-License-Identifier: ISC */
/*
 * Finds the messages of an mbox by its octets alone: the mailbox is fed in
 * pieces of any size, and each message is reported when its end has been fed.
 *
 * A message starts with a From_ line (fromline.h).  That line is the first of
 * the file, blank lines aside, or follows a blank line; elsewhere it starts a
 * message only if it has fewer than MBOXSCAN_FROM octets and a header field
 * follows it, as when a program appended mail to a mailbox that did not end in
 * a blank line.  The blank line before the next message, or at the file's end,
 * belongs to the format and not to the message.  Content-Length is ignored,
 * since a sender can set it to anything.
 *
 * The first message is not mail if it is the pseudo message in which UW,
 * Alpine and Dovecot keep their numbers.  Then its From_ line names their
 * sender, and its header has X-IMAP or X-IMAPbase, the subject that they
 * write, and none of the fields that delivery adds (Received, Return-Path,
 * Delivered-To): nobody can send a message that passes for it.
 */
#ifndef ONEPOP_MBOXSCAN_H
#define ONEPOP_MBOXSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "mbox/uidl.h"

#define MBOXSCAN_FROM 1024 /* octets; see above */

struct mbox_message {
	off_t start;     /* of the From_ line */
	off_t text;      /* of the header */
	off_t body;      /* past the header's blank line */
	off_t end;       /* past the last octet that is sent */
	off_t octets;    /* text to end as RETR sends it, dots not doubled */
	uint64_t digest; /* digest.h: of start to body, as in the file */
	struct uidl uidl;
	uint32_t duplicate; /* its number among messages with the same
	                       unique-id, from 1 on; 0: it is alone */
	bool flagged;       /* other programs keep marks in its header */
	bool internal;      /* the pseudo message: not mail */
};

/* Takes a message.  Returns 0 to go on; the scan ends with anything else. */
typedef int mboxscan_fn(void *ctx, const struct mbox_message *m);

struct mboxscan;

/* Returns a scan that calls found with ctx, or NULL if there is no memory. */
struct mboxscan *mboxscan_new(mboxscan_fn *found, void *ctx);
void mboxscan_free(struct mboxscan *s);

/*
 * Before the first octet is fed: makes the scan start at a place after the
 * file's first message, and not at the file's start.
 */
void mboxscan_from(struct mboxscan *s, off_t at);

#define MBOXSCAN_NOT_MBOX (-2) /* the file does not begin as an mbox */

/*
 * Takes the next n octets.  Returns 0, MBOXSCAN_NOT_MBOX, or what found
 * returned; after that the scan is over.
 */
int mboxscan_feed(struct mboxscan *s, const char *buf, size_t n);

/* Ends the file and reports its last message.  Returns as mboxscan_feed. */
int mboxscan_end(struct mboxscan *s);

#endif

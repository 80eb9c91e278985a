/*
 * The mbox format, told from its octets alone: fed a mailbox in pieces of
 * any size, it reports each message once it has seen its end.
 *
 * A message starts with a From_ line (fromline.h): at the file's first octet
 * (blank lines aside), after a blank line, and also elsewhere if a header field
 * follows and the line has less than MBOXSCAN_FROM octets.  So mail is found
 * that was appended to a mailbox without a blank line at its end.  The blank
 * line before the next message, or at the file's end, belongs to the format
 * and not to the message.  Content-Length is not believed.
 *
 * The first message is not mail where it is the pseudo message in which UW,
 * Alpine and Dovecot keep their numbers: its From_ line names their sender,
 * its header has X-IMAP or X-IMAPbase and the subject they write, and nothing
 * that delivery adds (Received, Return-Path, Delivered-To), so that nobody can
 * send one.
 */
#ifndef ONEPOP_MBOXSCAN_H
#define ONEPOP_MBOXSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "mbox/uidl.h"

#define MBOXSCAN_FROM 1024

struct mbox_message {
	off_t start;     /* of the From_ line */
	off_t text;      /* of the header */
	off_t body;      /* past the header's blank line */
	off_t end;       /* past the last octet that is sent */
	off_t octets;    /* text to end as RETR sends it, dots not doubled */
	uint64_t digest; /* digest.h: of start to body, as they stand */
	struct uidl uidl;
	uint32_t twin; /* its number among messages with that id; 0: alone */
	bool flagged;  /* another program keeps its marks in the header */
	bool internal; /* the pseudo message: not mail */
};

/* Takes a message.  Returns 0 to go on; else the scan ends with that. */
typedef int mboxscan_fn(void *ctx, const struct mbox_message *m);

struct mboxscan;

/* Returns NULL where there is no memory. */
struct mboxscan *mboxscan_new(mboxscan_fn *found, void *ctx);
void mboxscan_free(struct mboxscan *s);

/*
 * Before the first octet: the scan starts there, behind messages that are
 * known, and not at the file's start.
 */
void mboxscan_from(struct mboxscan *s, off_t at);

#define MBOXSCAN_NOT_MBOX (-2) /* it begins with something else */

/*
 * Takes the next n octets.  Returns 0, MBOXSCAN_NOT_MBOX, or what found
 * returned; after that the scan is over.
 */
int mboxscan_feed(struct mboxscan *s, const char *buf, size_t n);

/* Ends the file; reports its last message.  Returns as mboxscan_feed. */
int mboxscan_end(struct mboxscan *s);

#endif

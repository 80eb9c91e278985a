/* SPDX-License-Identifier: ISC */
/*
 * Finds the unique-ids that other POP3 servers gave the messages of an mbox.
 * With these ids, clients that come from another server need not download their
 * mail again.  onepopctl adopt calls this; a session only looks up what was
 * adopted (maildrop/adopted.h).
 *
 * Each server has its own idea of where a message starts, and its own ids:
 * some are computed from the message, some are read in fields that the server
 * wrote into the mailbox.  A scan finds what the old server would answer to
 * UIDL now, as a function of the mailbox alone; nothing is changed.  Where
 * that server keeps a part of it elsewhere, or made it of the time, the scan
 * says that the id cannot be known.
 *
 * The octets of the mailbox are anybody's: lines may be of any length, and all
 * that is kept of one is of a fixed size.
 */
#ifndef ONEPOP_OLDID_H
#define ONEPOP_OLDID_H

#include <sys/types.h>

#include "oldid/oldidfound.h"

struct oldid_rules;

/* A format of ids. */
struct oldid_format {
	const char *name;   /* for --format */
	const char *server; /* whose it is */
	const struct oldid_rules *rules;
};

/* All formats; the last one's name is NULL. */
extern const struct oldid_format oldid_formats[];

/* Returns the format of that name, or NULL. */
const struct oldid_format *oldid_format(const char *name);

/*
 * Scans the first size octets of the file, and tells found of each message.
 * Returns 0, -1 with errno, or what found returned.  Returns OLDID_REFUSED or
 * OLDID_RENUMBERED if that turns out at the end: then none of the ids counts.
 */
int oldid_scan(const struct oldid_format *f, int fd, off_t size,
               oldid_found_fn *found, void *to);

#define OLDID_REASON 256

/* Which format a mailbox proves, and the reason in words. */
struct oldid_guess {
	const struct oldid_format *format; /* NULL: none */
	char reason[OLDID_REASON];
};

/*
 * Looks for ids that servers wrote into the mailbox: computed ones leave no
 * trace.  Returns 0, or -1 with errno.
 */
int oldid_guess(int fd, off_t size, struct oldid_guess *ret);

#endif

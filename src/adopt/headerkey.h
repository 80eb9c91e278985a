/* SPDX-License-Identifier: ISC */
/*
 * Makes the key by which a message is recognised in the copies of it that two
 * servers have: a digest (XXH3-128) of its header, or of its Message-ID.
 *
 * The header is digested line by line, in its order, each line with an LF: the
 * line's end is an LF and all CRs before it, or the end of the text.  Left out,
 * with the lines that continue them, are the fields that servers and mail
 * programs add or change, in any case:
 *
 *	Content-Length  Lines  Return-Path  Status  X-IMAP  X-IMAPbase
 *	X-Keywords  X-Message-Flag  X-Mozilla-Keys  X-Mozilla-Status
 *	X-Mozilla-Status2  X-Status  X-UID  X-UIDL  X-Yahoo-Newman-Property
 *
 * Of the first Message-ID field the value is digested, without the blanks
 * (space, tab, CR, LF) in it.
 *
 * The header may be of any length; what is kept of it is of a fixed size.
 */
#ifndef ONEPOP_HEADERKEY_H
#define ONEPOP_HEADERKEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"

enum headerkey_kind {
	HEADERKEY_NONE, /* messages have no key */
	HEADERKEY_MESSAGE_ID,
	HEADERKEY_HEADER
};

struct headerkey {
	bool some; /* the message has a key; else it has no such field */
	struct digest128 digest;
};

struct headerkey_state; /* a key being made */

/* Returns NULL if there is no memory. */
struct headerkey_state *headerkey_new(void);
void headerkey_free(struct headerkey_state *s);

/* Begins a message. */
void headerkey_begin(struct headerkey_state *s, enum headerkey_kind kind);

/*
 * Takes the message's next n octets, from its first header field on, cut
 * anywhere.  The header ends at its blank line; what follows is ignored.
 * Returns whether the header may go on.
 */
bool headerkey_add(struct headerkey_state *s, const char *p, size_t n);

/* Returns the key of the message, which ends here if it has no blank line. */
struct headerkey headerkey_end(struct headerkey_state *s);

/* Returns a number below, equal to or above 0, by which keys are sorted. */
int headerkey_compare(const struct headerkey *a, const struct headerkey *b);

#endif

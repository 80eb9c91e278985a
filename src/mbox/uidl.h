/* SPDX-License-Identifier: ISC */
/*
 * A message's unique-id (RFC 1939, section 7, UIDL).  It is made only of what
 * stays the same when other mail programs mark messages and write the mailbox
 * again.
 *
 * It is made in three steps, each with XXH3-128, whose digests are 16 octets,
 * most significant first.  A part is one of these lines, without a line end:
 *
 *	received:VALUE        the first Received field
 *	message-id:VALUE      the first Message-ID field, and so on
 *	date:VALUE
 *	from:VALUE
 *	subject:VALUE
 *	from_:SENDER TIME     of the From_ line, and only if the message has
 *	                      neither Received nor Message-ID nor Date
 *
 * 1. Each part that the message has is digested.
 * 2. The head is the digest of these digests, in this order.
 * 3. The id is the digest of 24 octets: the head, and the octets of the body
 *    as a number of 8 octets, most significant first.  Each line end counts as
 *    two octets; those at the end of the body do not count.
 *
 * A field's name may be in any case.  Its value is what follows the colon,
 * folded lines included: each run of blanks (space, tab, CR, LF) is one space,
 * and there is none at either end.  SENDER is what stands between "From " and
 * the date (fromline.h), at most UIDL_SENDER octets of it, with blanks treated
 * alike.  TIME is the date and time as they are written, whatever the zone, as
 * YYYYMMDDhhmmss.  If there is no sender, there is no space before the time.
 *
 * The id is written in 26 characters of a-z and 2-7 (RFC 4648, base32).
 *
 * This never changes: people's mail programs know their mail by it.  Test
 * vectors are in tests/unit/mbox/test_uidl.c, and tests/reference/mbox.py
 * makes the same ids in another way.
 */
#ifndef ONEPOP_UIDL_H
#define ONEPOP_UIDL_H

#include <stddef.h>
#include <stdint.h>

#include "base/byteorder.h"

#define UIDL_SENDER 256 /* as long as a path may be in SMTP (RFC 5321) */

#define UIDL_TEXT 26 /* octets of an id as text */

/* The same with "-", a duplicate's number and a NUL. */
#define UIDL_SIZE (UIDL_TEXT + 1 + 10 + 1)

/* The index has it. */
struct uidl {
	uint64_t high, low;
} BYTEORDER_FILE;

/* In the order of the format. */
enum uidl_part {
	UIDL_RECEIVED,
	UIDL_MESSAGE_ID,
	UIDL_DATE,
	UIDL_FROM,
	UIDL_SUBJECT,
	UIDL_ENVELOPE,
	UIDL_PARTS
};

struct uidl_state; /* a head being made */

/* Returns NULL if there is no memory. */
struct uidl_state *uidl_new(void);
void uidl_free(struct uidl_state *s);

/* Begins a message, which has no part yet. */
void uidl_begin(struct uidl_state *s);

/*
 * Begins a part, which the message does not have yet; the octets added next
 * are its value.
 */
void uidl_part(struct uidl_state *s, enum uidl_part part);

/* Adds octets of the value as they stand in the mailbox, line ends too. */
void uidl_add(struct uidl_state *s, const char *buf, size_t n);

/* Returns the head of the message with these parts. */
struct uidl uidl_head(struct uidl_state *s);

/* Returns the id of a message with that head. */
struct uidl uidl_make(struct uidl head, int64_t body_octets);

/*
 * Writes the id, without a NUL and shorter than UIDL_SIZE; if number is 2 or
 * more, "-" and the number follow.  Messages with the same id (duplicates.h)
 * are numbered from 1, and a message that is alone has number 0.  Returns the
 * place behind the last octet written.
 */
char *uidl_text(struct uidl id, uint32_t number, char *to);

#endif

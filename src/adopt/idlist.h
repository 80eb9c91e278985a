/* SPDX-License-Identifier: ISC */
/*
 * What an old server tells of one user's messages, over the network or in a
 * file that was made there: the unique-id of each, in the server's order, and
 * maybe a key by which the message is recognised in the mailbox.
 *
 * The one who fills a list need not trust the server: a list takes no more than
 * its limits, and no id that RFC 1939 does not allow.
 */
#ifndef ONEPOP_IDLIST_H
#define ONEPOP_IDLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adopt/headerkey.h"

#define IDLIST_MOST 1000000 /* messages */

struct idlist_entry {
	struct headerkey key;
	uint32_t at; /* where its id begins, see idlist_id */
};

struct idlist {
	const char *source;       /* the word for NAME.uidl (adopted.h) */
	enum headerkey_kind kind; /* of all keys; HEADERKEY_NONE: messages are
	                             recognised by their order alone */
	size_t n;
	struct idlist_entry *entries; /* in the server's order */

	/* Its own */
	size_t room; /* for entries */
	char *text;  /* the ids, each with a NUL */
	size_t octets, text_room;
};

/* Makes an empty list.  source must outlive it. */
void idlist_init(struct idlist *l, const char *source,
                 enum headerkey_kind kind);
void idlist_free(struct idlist *l);

/*
 * Returns whether the n octets may be a unique-id: 1 to 70 octets from 0x21 to
 * 0x7E (RFC 1939, section 7).
 */
bool idlist_allows(const char *id, size_t n);

/*
 * Adds the message that comes next on the server, with an id of n octets and
 * the list's kind of key; key may be NULL: the message has none.  Returns 0, or
 * -1 with errno: EINVAL for an id that idlist_allows does not; EFBIG if there
 * would be more than IDLIST_MOST messages.
 */
int idlist_add(struct idlist *l, const char *id, size_t n,
               const struct headerkey *key);

/* Returns the id of a message, which counts from 0. */
const char *idlist_id(const struct idlist *l, size_t i);

#endif

/*
 * Finding the messages of a mailbox: by the index where the mailbox is what
 * it was, by a scan of what has come since, or by a scan of it all.
 *
 * The caller has the mailbox locked.
 */
#ifndef ONEPOP_LISTING_H
#define ONEPOP_LISTING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "index.h"
#include "record.h"

enum listing {
	LISTING_OK,
	LISTING_NOT_MBOX, /* it begins with something else */
	LISTING_ERROR     /* errno says what */
};

/*
 * What the index may be trusted with.  Programs that write marks into the
 * mail (Status and its kin) move headers about without changing the
 * mailbox's size: of messages that have such marks each header is compared.
 */
enum listing_trust {
	LISTING_NOTHING, /* the mailbox was just recovered */
	LISTING_CONTENT, /* not its times: another machine's clock made them */
	LISTING_TIMES
};

/* Makes the index say what is in the mailbox, which is now as st says. */
enum listing listing_make(struct index *ix, int fd, const struct stat *st,
                          enum listing_trust trust);

/* What was removed: messages, which are these ranges of the file. */
struct listing_removed {
	const uint8_t *gone;        /* deleted.h */
	const struct range *ranges; /* in order */
	size_t n;
};

/*
 * That has been removed, and nothing else of what was listed; the mailbox is
 * now as st says.
 */
void listing_remove(struct index *ix, int fd, const struct stat *st,
                    const struct listing_removed *removed);

#endif

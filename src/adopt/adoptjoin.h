/* SPDX-License-Identifier: ISC */
/*
 * The half of an adoption that runs as the mailbox's owner: lists the messages
 * as a session does, and joins them with what is known of their old ids: by
 * where the From_ lines stand with what a format says (oldid.h), and by their
 * keys with an old server's list (idlist.h).
 *
 * The result goes to a file that was opened before the change of user.  The
 * owner may have taken over the child, so the reader believes nothing of it.
 */
#ifndef ONEPOP_ADOPTJOIN_H
#define ONEPOP_ADOPTJOIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "maildrop/adopted.h"

struct idlist;
struct maildrop;
struct oldid_format;
struct options;

#define ADOPTJOIN_NOTES  12  /* reasons that are counted apart */
#define ADOPTJOIN_REASON 256 /* octets of a reason, with its NUL */

/*
 * Why messages have no old id.  A doubtful one is not adopted: if the old
 * server gave it to another message, a client would take this one for that,
 * and never fetch it.
 */
struct adoptjoin_note {
	uint32_t messages;
	char reason[ADOPTJOIN_REASON];
};

/*
 * What a child found.  Its pairs are lines of adopted.h, in any order.  Where
 * it compares, they are a line for each message whose ids differ, but at most
 * ADOPTJOIN_DIFFERENCES lines: NUMBER<TAB>ID<TAB>ID, onepop's and then the
 * list's, which is empty if no message of the list is surely the same.
 */
struct adoptjoin_result {
	uint32_t messages;
	uint32_t foreign;  /* messages that only the old server saw; with a
	                      list: ids that no message has been given */
	uint32_t equal;    /* messages whose ids were compared, and are equal */
	uint32_t octets;   /* of the pairs */
	uint32_t recovery; /* an enum recovery, for recovery_log */
	struct adoptjoin_note notes[ADOPTJOIN_NOTES];
	char format[ADOPTED_FORMAT + 1]; /* that was used, or "": a list */
	char guess[ADOPTJOIN_REASON];    /* why, if it was guessed */
	char problem[ADOPTJOIN_REASON];  /* "": there is none */
};

#define ADOPTJOIN_DIFFERENCES 1000

/* Where the pairs begin in the file. */
#define ADOPTJOIN_PAIRS 8192

/* What a child is given. */
struct adoptjoin {
	const struct options *options;
	struct maildrop *maildrop; /* prepared, or looked at */
	uid_t uid;
	gid_t gid;
	int out;                           /* for the result */
	const struct idlist *list;         /* or NULL: the format tells ids */
	const struct oldid_format *format; /* or NULL: oldid_guess says which */
	bool compare; /* only compares the list's ids with those of onepop */
};

enum adoptjoin_end {
	ADOPTJOIN_DONE,
	ADOPTJOIN_BUSY,    /* another program has the mailbox locked, or has
	                      just changed it */
	ADOPTJOIN_PROBLEM, /* the result says which */
	ADOPTJOIN_SILENT   /* the result could not be written */
};

/*
 * Adds messages to the note of that reason.  The last of the ADOPTJOIN_NOTES
 * notes stands for all reasons that have no place.
 */
void adoptjoin_count_note(struct adoptjoin_note *notes, const char *reason,
                          uint32_t messages);

/*
 * Does what libraries only do when a format is first used, or the guess (f is
 * NULL), before the sandbox forbids it.  A list needs nothing.  To be called
 * before the first child is started.  Returns 0, or -1 with errno.
 */
int adoptjoin_begin(const struct oldid_format *f);

/*
 * Opens a file for a result, which cannot become larger than ADOPTED_MOST.
 * Returns a descriptor to close, or -1 with errno.
 */
int adoptjoin_file(void);

/* The work of a child (crew.h): with is a struct adoptjoin. */
int adoptjoin_child(void *with);

/*
 * Reads a result from its file, once: *pairs is then the caller's, to free.
 * Texts are printable ASCII and ended by a NUL.  Returns 0, or -1 with errno:
 * EBADMSG for what no child of ours writes.
 */
int adoptjoin_read(int fd, struct adoptjoin_result *ret, char **pairs);

#endif

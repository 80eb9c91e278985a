/* SPDX-License-Identifier: ISC */
/*
 * The list of the messages that a mailbox held when it was last seen: each
 * message's place, size, digest and unique-id.  The list is kept in NAME.index
 * in the state directory, so that the mailbox need not be read again.  It is
 * read from there block by block, so that a session needs no memory for it.
 *
 * It is a cache.  If it is damaged, missing or cannot be written, the mailbox
 * is scanned and the messages are kept in memory.
 */
#ifndef ONEPOP_INDEX_H
#define ONEPOP_INDEX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/byteorder.h"
#include "index/blockfile.h"
#include "mbox/mboxscan.h"

/* The mailbox as it was seen.  Times are in nanoseconds since 1970. */
struct index_seen {
	uint64_t inode;
	int64_t size; /* up to which it has been scanned */
	int64_t mtime, ctime;
	int64_t taken; /* when it was seen */
	uint64_t tail; /* digest of its last octets */
	/* This number of messages, from the first on, were not scanned at the
	   last login: only a sample of them was compared (sync.h). */
	uint64_t sampled;
} BYTEORDER_FILE;

struct index {
	struct index_seen seen;
	uint32_t count;  /* messages, with the pseudo message */
	uint32_t hidden; /* the first messages that are not mail: 1 or 0 */
	int64_t octets;  /* of all mail */
	uint32_t highest_duplicate; /* number that a message ever had */
	bool doubted;               /* by index_void */
	bool damaged;            /* the file said more than could be loaded */
	struct blockfile blocks; /* the last member, for it is large */
};

/* Makes an empty index in memory. */
void index_init(struct index *ix);

/*
 * Opens or creates the file of a mailbox of that state name (mailpath.h); if
 * that fails, the index is in memory.  state_dir is from statefile_directory.
 * To be called before the switch to the user.
 */
void index_open(struct index *ix, int state_dir, const char *name);

/*
 * Points to the descriptor of the file, which is -1 if the index is in memory.
 * The sandbox may move it.
 */
int *index_descriptor(struct index *ix);

/*
 * Empties a file that is far too large for a mailbox of so many octets, as
 * after another program has cut the mailbox.  Written to behind its end, the
 * file could exceed the limit that the sandbox sets after login.
 */
void index_fit(struct index *ix, off_t mailbox);

/* Loads what the file holds.  Returns 0; or -1, and the index is empty. */
int index_load(struct index *ix);

/* Gets message i.  Returns 0, or -1 with errno. */
int index_get(struct index *ix, uint32_t i, struct mbox_message *ret);

/*
 * Replaces message i, or adds it as the last.  If the new message has another
 * unique-id, all messages behind it must be replaced as well.  Returns 0, or
 * -1 with errno.
 */
int index_put(struct index *ix, uint32_t i, const struct mbox_message *m);

#define INDEX_GROUP 4096

/*
 * May one of the INDEX_GROUP messages from i on, a multiple of INDEX_GROUP,
 * have a unique-id with that tag?  Returns 0 if none has, 1 if it is likely,
 * or -1 with errno.
 */
int index_may_have(struct index *ix, uint32_t i, uint64_t tag);

/* Returns the tag of a unique-id, for index_may_have. */
uint64_t index_tag(struct uidl id);

/* May one of those INDEX_GROUP messages be flagged?  Returns the same. */
int index_may_have_flagged(struct index *ix, uint32_t i);

/* Removes all but the first count messages; the caller corrects octets. */
void index_cut(struct index *ix, uint32_t count);

/*
 * Writes the index to the file, which then has at most four times the octets
 * that the messages need, 64 each.  Returns 0; or -1, and the file is as it
 * was.
 */
int index_save(struct index *ix);

/*
 * Says that the mailbox is not what the index says: nothing that was or is
 * saved is believed again, apart from the numbers of duplicates.  Keeps
 * fileio_failure as it is.
 */
void index_void(struct index *ix);

void index_close(struct index *ix);

#endif

/*
 * What a mailbox held when it was last seen: each message's place, sizes and
 * unique-id.  It is kept in NAME.index in the state directory, so that the
 * mailbox need not be read again, and read from there piece by piece, so that
 * a session needs no memory for it.
 *
 * It is a cache.  Where it is damaged, missing or cannot be written, the
 * mailbox is scanned, and the messages are kept in memory.
 */
#ifndef ONEPOP_INDEX_H
#define ONEPOP_INDEX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "index/blockfile.h"
#include "mbox/mboxscan.h"

/* The mailbox as it was seen.  Times are in nanoseconds since 1970. */
struct index_seen {
	uint64_t inode;
	int64_t size; /* up to which it has been scanned */
	int64_t mtime, ctime;
	int64_t taken; /* the time it was seen at */
	uint64_t tail; /* digest of its last octets */
	/* So many of the first messages were listed after a look at a sample
	   of them, and not scanned again. */
	uint64_t sampled;
};

struct index {
	struct index_seen seen;
	uint32_t count;  /* messages, the pseudo message included */
	uint32_t hidden; /* the first messages that are not mail: 1 or 0 */
	int64_t octets;  /* of all mail */
	uint32_t highest_duplicate; /* that there ever was */
	bool doubted;               /* by index_void */
	bool damaged;            /* the file said more than could be loaded */
	struct blockfile blocks; /* the last, for it is large */
};

/* An index in memory, which holds nothing. */
void index_init(struct index *ix);

/*
 * Before the switch to the user: opens the file of that name (mailpath.h),
 * or makes it, in statefile_directory's.  Where it cannot be had the index is
 * in memory.
 */
void index_open(struct index *ix, int state_dir, const char *name);

/*
 * Empties a file that is far too large for a mailbox of so many octets: one
 * that was larger, and was cut by another program.  Written to behind its end
 * it would be larger than the filter after login lets it be.
 */
void index_fit(struct index *ix, off_t mailbox);

/* Takes what the file holds.  Returns 0; or -1, and it holds nothing. */
int index_load(struct index *ix);

/* Gets message i.  Returns 0, or -1 with errno. */
int index_get(struct index *ix, uint32_t i, struct mbox_message *ret);

/*
 * Replaces message i, or adds it as the last.  Where it is replaced by one
 * with another unique-id, all behind it are to be replaced as well.  Returns
 * 0, or -1 with errno.
 */
int index_put(struct index *ix, uint32_t i, const struct mbox_message *m);

#define INDEX_GROUP 4096

/*
 * May one of the INDEX_GROUP messages from i on, which is a multiple of it,
 * have a unique-id whose tag is this?  0: none has; 1: it is likely; -1 with
 * errno.
 */
int index_may_have(struct index *ix, uint32_t i, uint64_t tag);

uint64_t index_tag(struct uidl id);

/* May one of those messages be flagged?  Returns the same. */
int index_may_have_flagged(struct index *ix, uint32_t i);

/* Only the first count remain.  The totals are the caller's to mend. */
void index_cut(struct index *ix, uint32_t count);

/*
 * Writes it to the file, which then has at most four times the octets that the
 * messages need, 64 each.  Returns 0; or -1, and the file is as it was.
 */
int index_save(struct index *ix);

/*
 * The mailbox is not what the index says: nothing of it, saved before or
 * after this, is to be believed again but the numbers of twins.  The error that
 * led to this stays the last: fileio_failure.
 */
void index_void(struct index *ix);

void index_close(struct index *ix);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * A file of copies of deleted messages: NAME.deleted in the state directory.
 *
 * Its first line is
 *
 *	onepop-deleted 1 END CHECK
 *
 * where END has 20 digits: the octets of the file that were on the disk when
 * this line was written.  Then each copy has a line
 *
 *	deleted TIME OCTETS DIGEST ID CHECK
 *
 * and behind it the message as it stood in the mailbox, from its From_ line to
 * the last octet that RETR sends: OCTETS of them.  TIME is when it was deleted,
 * in seconds since 1970.  ID is its unique-id.  DIGEST is XXH3 of the message,
 * and CHECK of the line before CHECK (64 bits, 16 hexadecimal digits).
 *
 * What stands behind END may be torn.  A writer appends copies and syncs them
 * before it does anything that relies on them.
 */
#ifndef ONEPOP_KEPTFILE_H
#define ONEPOP_KEPTFILE_H

#include <stdint.h>
#include <sys/types.h>

#include "update/ranges.h"

#define KEPTFILE_FIRST 55  /* octets of the first line; the copies follow */
#define KEPTFILE_LINE  160 /* of a copy's line, at most */
#define KEPTFILE_ID    70  /* of a unique-id, at most */

/* A copy. */
struct keptfile_copy {
	int64_t time;         /* seconds since 1970 */
	struct range message; /* in the file; the next line starts at its end */
	uint64_t digest;
	char id[KEPTFILE_ID + 1];
};

/*
 * Finds the copy whose line starts at a place of the file, which has size
 * octets.  Returns 1; 0 if no copy is there: the file ends, or is damaged; or
 * -1 with errno.  Any octets are read safely.
 */
int keptfile_next(int fd, off_t size, off_t at, struct keptfile_copy *ret);

/* Returns 1 if the message has its digest, 0 if not, or -1 with errno. */
int keptfile_is_whole(int fd, const struct keptfile_copy *c);

/*
 * Returns END of the first line, or KEPTFILE_FIRST if that line cannot be
 * relied on.
 */
off_t keptfile_synced(int fd, off_t size);

/*
 * Finds the end of the copies that are whole; those before END are.  Returns
 * it, or -1 with errno.
 */
off_t keptfile_find_end(int fd, off_t size);

/* Writes the first line, with that END.  Returns 0, or -1 with errno. */
int keptfile_set_end(int fd, off_t end);

/* A message to be copied. */
struct keptfile_source {
	int fd;
	struct range message;
	int64_t time;
	const char *id;
};

/* Returns how many octets the line and the message take. */
off_t keptfile_octets(const struct keptfile_source *from);

/*
 * Appends a copy at *end, which moves behind it.  Returns 0, or -1 with errno;
 * the file may then have something behind *end.
 */
int keptfile_append(int fd, const struct keptfile_source *from, off_t *end);

#endif

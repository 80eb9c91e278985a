/* SPDX-License-Identifier: ISC */
/*
 * The unique-ids of an old server: NAME.uidl in the state directory says which
 * messages keep the id that another POP3 server gave them, so that clients
 * which come from that server download nothing again.  onepopctl adopt writes
 * the file; a session only reads it.
 *
 * It is text.  Its first line is
 *
 *	onepop-uidl 1 FORMAT COUNT DIGEST
 *
 * where FORMAT says what made the ids, COUNT is the number of the lines that
 * follow, and DIGEST is XXH3 (64 bits, 16 hexadecimal digits) of these lines.
 * Each of them is a pair:
 *
 *	OWN-ID<TAB>OLD-ID
 *
 * OWN-ID is onepop's own id with the duplicate's number (uidl.h); no two lines
 * have the same one, and they are sorted by it as memcmp does.  OLD-ID is 1 to
 * 70 octets from 0x21 to 0x7E (RFC 1939, section 7).  Two messages may have
 * the same old id.  An old id never has the form of an own one, so that no
 * message that comes later gets an id that another has.
 *
 * A pair outlives its message: a message that is restored has its id again.
 */
#ifndef ONEPOP_ADOPTED_H
#define ONEPOP_ADOPTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mbox/uidl.h"

#define ADOPTED_ID  70 /* octets of an old id at most */
#define ADOPTED_OWN 37 /* the same of an own id */
#define ADOPTED_LINE                                                           \
	(ADOPTED_OWN + 1 + ADOPTED_ID + 1) /* of a line at most                \
	                                    */
#define ADOPTED_MOST   ((size_t)64 << 20)  /* of the file */
#define ADOPTED_FORMAT 31                  /* of FORMAT */
#define ADOPTED_HEADER 96                  /* of the first line, and a NUL */

/* A line.  Its texts are parts of it, without a NUL. */
struct adopted_pair {
	const char *own, *old;
	size_t own_n, old_n;
};

/* All pairs of a mailbox. */
struct adopted {
	uint32_t count; /* as the first line has it, which only adopted_check
	                   compares with the lines */
	char format[ADOPTED_FORMAT + 1];
	const char *pairs, *end; /* the lines; both NULL: there is no file */

	/* Its own */
	char *text;        /* the whole file */
	uint32_t *starts;  /* by the first characters of an own id: where the
	                      lines begin that may have it; NULL until the
	                      first search */
	unsigned int bits; /* of these characters */
};

/* Makes one without pairs, which adopted_free may be called for. */
void adopted_init(struct adopted *a);
void adopted_free(struct adopted *a);

/*
 * Reads the file of a mailbox of that state name (mailpath.h), and keeps
 * nothing open.  A file that does not exist has no pairs.  state_dir is from
 * statefile_directory.  To be called before the switch to the user.
 *
 * The digest shows that the lines are those that were written.  They are not
 * looked at one by one, which would take longer than all else in a login with
 * many pairs: adopted_check does that.
 *
 * Returns 0, or -1 with errno: EBADMSG for a file that is damaged, EPERM for
 * one that is not ours or that others may write; then there are no pairs.
 */
int adopted_open(struct adopted *a, int state_dir, const char *name);

/*
 * Returns whether the lines are as many as they should be, each is a pair, and
 * they are in order.
 */
bool adopted_check(const struct adopted *a);

/*
 * Reads the file from a descriptor, which stays open.  Returns as adopted_open
 * does.
 */
int adopted_read(struct adopted *a, int fd);

/* Returns whether the n octets of an id have the form of an own id. */
bool adopted_is_own(const char *id, size_t n);

/*
 * Reads the line at p, which ends before end.  Returns the place after its
 * LF, or NULL if it is no pair.
 */
const char *adopted_line(const char *p, const char *end,
                         struct adopted_pair *ret);

/*
 * Returns a number below, equal to or above 0 if the first pair comes before
 * the second, has the same own id, or comes after it.
 */
int adopted_compare(const struct adopted_pair *a, const struct adopted_pair *b);

/*
 * Finds the pair with that own id of n octets.  Returns whether there is one.
 */
bool adopted_find(struct adopted *a, const char *own, size_t n,
                  struct adopted_pair *ret);

#define ADOPTED_BATCH 16

/*
 * Has the processor fetch the lines of n ids, at most ADOPTED_BATCH, that will
 * be looked for next: most of the time of a search is spent waiting for memory.
 */
void adopted_expect(struct adopted *a, const struct uidl *ids, size_t n);

/* Writes the first line for these pairs.  Returns its octets. */
size_t adopted_header(char to[static ADOPTED_HEADER], const char *format,
                      uint32_t count, const char *pairs, size_t n);

#endif

/* SPDX-License-Identifier: ISC */
/* The findings of a scan for another server's unique-ids (oldid.h). */
#ifndef ONEPOP_OLDIDFOUND_H
#define ONEPOP_OLDIDFOUND_H

#include <sys/types.h>

#define OLDID_OCTETS 70 /* RFC 1939, section 7 */

/* One message as the old server has it. */
struct oldid {
	off_t at;                  /* where its From_ line starts */
	char id[OLDID_OCTETS + 1]; /* "": it cannot be known */
	const char *note; /* why it cannot be known, or what makes the id
	                     doubtful; NULL: nothing does */
};

/*
 * Is told of each message that the old server would show, in that server's
 * order.  Returns 0 to go on; the scan ends with anything else.
 */
typedef int oldid_found_fn(void *to, const struct oldid *o);

#define OLDID_REFUSED    (-2) /* the old server would not open the mailbox */
#define OLDID_RENUMBERED (-3) /* it would give all messages new ids */

#endif

/*
 * A message's unique-id (RFC 1939, UIDL), made in two steps.  The head is
 * XXH3-128 over its From_ line and the first Received, Message-ID, Date,
 * From and Subject fields, in the order they stand, folded lines included,
 * each line without its line end and followed by LF.  The id is XXH3-128
 * over the head and the octets of the body without the line ends at its end
 * (all others counted as two), as numbers of 16 and 8 octets, most
 * significant first.  It is written in 26 characters of a-z and 2-7
 * (RFC 4648, base32).
 *
 * This never changes: people's mail programs know their mail by it.  Test
 * vectors stand in tests/unit/test_uidl.c.
 */
#ifndef ONEPOP_UIDL_H
#define ONEPOP_UIDL_H

#include <stddef.h>
#include <stdint.h>

#define UIDL_TEXT 26
#define UIDL_SIZE (UIDL_TEXT + 1 + 10 + 1) /* with a twin's number, a NUL */

struct uidl {
	uint64_t high, low;
};

struct uidl_state; /* a digest being made */

struct uidl_state *uidl_new(void); /* NULL where there is no memory */
void uidl_free(struct uidl_state *s);

void uidl_begin(struct uidl_state *s);
void uidl_add(struct uidl_state *s, const void *buf, size_t n);
struct uidl uidl_head(struct uidl_state *s);

/* The id of a message with that head. */
struct uidl uidl_make(struct uidl head, int64_t body_octets);

/*
 * Writes the id, with no NUL; it is shorter than UIDL_SIZE.  Of several
 * messages with one id the second is twin 2, and so on: "-2" follows.  twin
 * is 0 or 1 for a message that has no other before it.  Returns the place
 * behind what was written.
 */
char *uidl_text(struct uidl id, uint32_t twin, char *to);

#endif

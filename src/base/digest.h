/*
 * XXH3-64: tells whether octets are still what they were.  It guards against
 * other programs' changes, not against somebody who makes two texts alike.
 */
#ifndef ONEPOP_DIGEST_H
#define ONEPOP_DIGEST_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct digest;

struct digest *digest_new(void); /* NULL where there is no memory */
void digest_free(struct digest *d);

void digest_begin(struct digest *d);
void digest_add(struct digest *d, const void *buf, size_t n);
uint64_t digest_end(struct digest *d);

/*
 * Adds the octets of a file from at up to end.  Returns how many there were,
 * fewer only at the file's end; or -1 with errno.
 */
off_t digest_add_file(struct digest *d, int fd, off_t at, off_t end);

/* The digest of these octets alone. */
uint64_t digest_of(const void *buf, size_t n);

#endif

/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/digest.h"
#include "base/fileio.h"

#define READ_OCTETS 8192 /* of a file at once */

/* The state, and how octets are added to it, is one for both lengths. */

struct digest {
	XXH3_state_t xxh;
};

struct digest *digest_new(void)
{
	void *d;

	if (posix_memalign(&d, 64, sizeof(struct digest)) != 0)
		return NULL;
	digest_begin(d);
	return d;
}

void digest_free(struct digest *d)
{
	free(d);
}

void digest_begin(struct digest *d)
{
	(void)XXH3_64bits_reset(&d->xxh);
}

void digest_add(struct digest *d, const void *buf, size_t n)
{
	(void)XXH3_64bits_update(&d->xxh, buf, n);
}

off_t digest_add_file(struct digest *d, int fd, off_t at, off_t end)
{
	const off_t start = at;
	char buf[READ_OCTETS];
	ssize_t n = 1;
	off_t left;

	for (; at < end && n > 0; at += n) {
		left = end - at < READ_OCTETS ? end - at : READ_OCTETS;
		n = fileio_pread(fd, buf, (size_t)left, at);
		if (n < 0)
			return -1;
		digest_add(d, buf, (size_t)n);
	}
	return at - start;
}

uint64_t digest_end(struct digest *d)
{
	return XXH3_64bits_digest(&d->xxh);
}

struct digest128 digest_end128(struct digest *d)
{
	const XXH128_hash_t h = XXH3_128bits_digest(&d->xxh);

	return (struct digest128){h.high64, h.low64};
}

uint64_t digest_of(const void *buf, size_t n)
{
	return XXH3_64bits(buf, n);
}

struct digest128 digest_of128(const void *buf, size_t n)
{
	const XXH128_hash_t h = XXH3_128bits(buf, n);

	return (struct digest128){h.high64, h.low64};
}

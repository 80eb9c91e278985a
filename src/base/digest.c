#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/digest.h"

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

uint64_t digest_end(struct digest *d)
{
	return XXH3_64bits_digest(&d->xxh);
}

uint64_t digest_of(const void *buf, size_t n)
{
	return XXH3_64bits(buf, n);
}

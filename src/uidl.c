#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "uidl.h"

struct uidl_state {
	XXH3_state_t xxh;
};

struct uidl_state *uidl_new(void)
{
	void *s;

	if (posix_memalign(&s, 64, sizeof(struct uidl_state)) != 0)
		return NULL;
	uidl_begin(s);
	return s;
}

void uidl_free(struct uidl_state *s)
{
	free(s);
}

void uidl_begin(struct uidl_state *s)
{
	(void)XXH3_128bits_reset(&s->xxh);
}

void uidl_add(struct uidl_state *s, const void *buf, size_t n)
{
	(void)XXH3_128bits_update(&s->xxh, buf, n);
}

struct uidl uidl_head(struct uidl_state *s)
{
	XXH128_hash_t h;

	h = XXH3_128bits_digest(&s->xxh);
	return (struct uidl){.high = h.high64, .low = h.low64};
}

struct uidl uidl_make(struct uidl head, int64_t body_octets)
{
	uint64_t text[3];
	XXH128_hash_t h;

	text[0] = htobe64(head.high);
	text[1] = htobe64(head.low);
	text[2] = htobe64((uint64_t)body_octets);
	h = XXH3_128bits(text, sizeof(text));
	return (struct uidl){.high = h.high64, .low = h.low64};
}

void uidl_text(struct uidl id, uint32_t twin, char out[static UIDL_SIZE])
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	int i;

	for (i = 0; i < UIDL_TEXT; i++) {
		out[i] = alphabet[id.high >> 59];
		id.high = id.high << 5 | id.low >> 59;
		id.low <<= 5;
	}
	out[UIDL_TEXT] = '\0';
	if (twin > 1)
		(void)snprintf(out + UIDL_TEXT, UIDL_SIZE - UIDL_TEXT,
		               "-%" PRIu32, twin);
}

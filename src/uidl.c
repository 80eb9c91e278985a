#include <endian.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "decimal.h"
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

char *uidl_text(struct uidl id, uint32_t twin, char *to)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	int i;

	for (i = 0; i < UIDL_TEXT; i++) {
		*to++ = alphabet[id.high >> 59];
		id.high = id.high << 5 | id.low >> 59;
		id.low <<= 5;
	}
	if (twin > 1) {
		*to++ = '-';
		to = decimal_put(to, twin);
	}
	return to;
}

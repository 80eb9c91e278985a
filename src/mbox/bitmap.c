#include <stdlib.h>
#include <string.h>

#include "mbox/bitmap.h"

static size_t size(uint32_t count)
{
	return count / 8 + 1UL;
}

uint8_t *bitmap_new(uint32_t count)
{
	return calloc(size(count), 1);
}

void bitmap_clear(uint8_t *deleted, uint32_t count)
{
	memset(deleted, 0, size(count));
}

void bitmap_add(uint8_t *deleted, uint32_t i)
{
	deleted[i / 8] |= (uint8_t)(1 << i % 8);
}

bool bitmap_has(const uint8_t *deleted, uint32_t i)
{
	return deleted[i / 8] >> (i % 8) & 1;
}

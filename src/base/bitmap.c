/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/bitmap.h"

static size_t octets_for(uint32_t size)
{
	return size / 8 + 1UL;
}

uint8_t *bitmap_new(uint32_t size)
{
	return calloc(octets_for(size), 1);
}

void bitmap_clear(uint8_t *bitmap, uint32_t size)
{
	memset(bitmap, 0, octets_for(size));
}

void bitmap_add(uint8_t *bitmap, uint32_t i)
{
	bitmap[i / 8] |= (uint8_t)(1 << i % 8);
}

bool bitmap_has(const uint8_t *bitmap, uint32_t i)
{
	return bitmap[i / 8] >> (i % 8) & 1;
}

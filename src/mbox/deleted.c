#include <stdlib.h>
#include <string.h>

#include "mbox/deleted.h"

static size_t size(uint32_t count)
{
	return count / 8 + 1UL;
}

uint8_t *deleted_new(uint32_t count)
{
	return calloc(size(count), 1);
}

void deleted_clear(uint8_t *deleted, uint32_t count)
{
	memset(deleted, 0, size(count));
}

void deleted_add(uint8_t *deleted, uint32_t i)
{
	deleted[i / 8] |= (uint8_t)(1 << i % 8);
}

bool deleted_has(const uint8_t *deleted, uint32_t i)
{
	return deleted[i / 8] >> (i % 8) & 1;
}

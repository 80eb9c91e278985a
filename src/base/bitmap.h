/* SPDX-License-Identifier: ISC */
/* A set of small numbers, with a bit for each. */
#ifndef ONEPOP_BITMAP_H
#define ONEPOP_BITMAP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Makes an empty set for numbers below size, which free(3) ends.  Returns
 * NULL with errno if there is no memory.
 */
uint8_t *bitmap_new(uint32_t size);

/* Empties a set that was made for numbers below size. */
void bitmap_clear(uint8_t *bitmap, uint32_t size);

void bitmap_add(uint8_t *bitmap, uint32_t i);
bool bitmap_has(const uint8_t *bitmap, uint32_t i);

#endif

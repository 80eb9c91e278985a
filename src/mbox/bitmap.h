/*
 * The messages marked as deleted (RFC 1939, section 5, DELE): a bit for each
 * of a mailbox.
 */
#ifndef ONEPOP_BITMAP_H
#define ONEPOP_BITMAP_H

#include <stdbool.h>
#include <stdint.h>

/* None of count messages; for free().  NULL where there is no memory. */
uint8_t *bitmap_new(uint32_t count);

/* None any more (RSET). */
void bitmap_clear(uint8_t *deleted, uint32_t count);

void bitmap_add(uint8_t *deleted, uint32_t i);
bool bitmap_has(const uint8_t *deleted, uint32_t i);

#endif

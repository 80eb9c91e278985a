/*
 * The messages marked as deleted (RFC 1939, section 5, DELE): a bit for each
 * of a mailbox.
 */
#ifndef ONEPOP_DELETED_H
#define ONEPOP_DELETED_H

#include <stdbool.h>
#include <stdint.h>

/* None of count messages; for free().  NULL where there is no memory. */
uint8_t *deleted_new(uint32_t count);

/* None any more (RSET). */
void deleted_clear(uint8_t *deleted, uint32_t count);

void deleted_add(uint8_t *deleted, uint32_t i);
bool deleted_has(const uint8_t *deleted, uint32_t i);

#endif

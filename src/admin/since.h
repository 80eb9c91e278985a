/* SPDX-License-Identifier: ISC */
/* Points in time as administrators write them: --since. */
#ifndef ONEPOP_SINCE_H
#define ONEPOP_SINCE_H

#include <stdint.h>

/*
 * Reads a point in time, in seconds since 1970: YYYY-MM-DD, with HH:MM or
 * HH:MM:SS behind a space or a T, all in local time; or so long before now:
 * 90m, 12h, 7d.  Returns NULL, or the problem in words.
 */
const char *since_read(const char *text, int64_t now, int64_t *ret);

/* Writes a point in time in local time, as YYYY-MM-DD HH:MM:SS. */
#define SINCE_TEXT 32 /* octets, with the NUL */
void since_write(int64_t time, char to[static SINCE_TEXT]);

#endif

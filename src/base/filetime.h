/* SPDX-License-Identifier: ISC */
/* When a file was changed, and whether its times would show another change. */
#ifndef ONEPOP_FILETIME_H
#define ONEPOP_FILETIME_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Milliseconds until a change has settled, unless ticks are a second. */
#define FILETIME_SETTLES 12

/* Return nanoseconds since 1970: a file's time; the same clock's present. */
int64_t filetime_of(struct timespec t);
int64_t filetime_now(void);

/*
 * Would a change after now give the file another ctime?  Two changes in one
 * tick of the clock leave the same ctime; a file system that stores whole
 * seconds has ticks of a second.  The file's clock must be this machine's.
 */
bool filetime_settled(int64_t changed, int64_t now);

#endif

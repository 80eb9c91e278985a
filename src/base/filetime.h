/* When a file was changed, and whether its times would tell of a change. */
#ifndef ONEPOP_FILETIME_H
#define ONEPOP_FILETIME_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Milliseconds after which a change has settled, but in whole seconds. */
#define FILETIME_SETTLES 12

/* Nanoseconds since the epoch: of a file, and by the clock of files. */
int64_t filetime_of(struct timespec t);
int64_t filetime_now(void);

/*
 * Would a change after now give the file another ctime?  A second one in the
 * same tick of its clock, which must be this machine's, leaves it as it is.
 * A file system that keeps whole seconds only has the longer ticks.
 */
bool filetime_settled(int64_t changed, int64_t now);

#endif

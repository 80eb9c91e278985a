/* SPDX-License-Identifier: ISC */
/* Points in time, in milliseconds of a clock that nobody sets. */
#ifndef ONEPOP_DEADLINE_H
#define ONEPOP_DEADLINE_H

#include <stdint.h>

typedef int64_t deadline_t;

#define DEADLINE_NEVER INT64_MAX

/* Returns the present. */
deadline_t deadline_now(void);

/* Returns the point in time that many seconds from now. */
deadline_t deadline_in(int seconds);

/* Returns the milliseconds left, for poll(2); -1 for DEADLINE_NEVER. */
int deadline_left(deadline_t d);

/* Sleeps until then, even if a signal interrupts it. */
void deadline_sleep_until(deadline_t d);

#endif

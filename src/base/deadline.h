/* Points in time: milliseconds on the clock that is never set. */
#ifndef ONEPOP_DEADLINE_H
#define ONEPOP_DEADLINE_H

#include <stdint.h>

typedef int64_t deadline_t;

#define DEADLINE_NEVER INT64_MAX

deadline_t deadline_now(void);

/* The point that many seconds from now. */
deadline_t deadline_in(int seconds);

/* Milliseconds left, for poll(2): 0 when past, -1 for DEADLINE_NEVER. */
int deadline_left(deadline_t d);

/* Sleeps until then, whatever signals come. */
void deadline_sleep_until(deadline_t d);

#endif

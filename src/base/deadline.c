/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <time.h>

#include "base/deadline.h"

deadline_t deadline_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (deadline_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

deadline_t deadline_in(int seconds)
{
	return deadline_now() + (deadline_t)seconds * 1000;
}

int deadline_left(deadline_t d)
{
	deadline_t left;

	if (d == DEADLINE_NEVER)
		return -1;
	left = d - deadline_now();
	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

void deadline_sleep_until(deadline_t d)
{
	struct timespec t;

	t.tv_sec = (time_t)(d / 1000);
	t.tv_nsec = (long)(d % 1000) * 1000000;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) ==
	       EINTR)
		continue;
}

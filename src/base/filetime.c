/* SPDX-License-Identifier: ISC */
#include "base/filetime.h"

#define SECOND      1000000000LL
#define MILLISECOND 1000000LL
/* filetime_now may be a tick late, which is 10 ms at most. */
#define SETTLED       ((FILETIME_SETTLES - 11) * MILLISECOND)
#define WHOLE_SETTLED (2 * SECOND)

int64_t filetime_of(struct timespec t)
{
	return t.tv_sec * SECOND + t.tv_nsec;
}

int64_t filetime_now(void)
{
	struct timespec t;

	/* The kernel takes files' times from this clock, which ticks. */
	(void)clock_gettime(CLOCK_REALTIME_COARSE, &t);
	return filetime_of(t);
}

bool filetime_settled(int64_t changed, int64_t now)
{
	return now - changed > (changed % SECOND ? SETTLED : WHOLE_SETTLED);
}

#include "filetime.h"

#define SECOND  1000000000LL
#define SETTLED (2 * SECOND) /* more than a tick of any file's clock */

int64_t filetime_of(struct timespec t)
{
	return t.tv_sec * SECOND + t.tv_nsec;
}

int64_t filetime_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return filetime_of(t);
}

bool filetime_settled(int64_t changed, int64_t now)
{
	return now - changed > SETTLED;
}

/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <unistd.h>

#include "base/activation.h"

bool activation_is_ours(void)
{
	const char *pid = getenv("LISTEN_PID");

	return pid && getenv("LISTEN_FDS") &&
	       strtol(pid, NULL, 10) == (long)getpid();
}

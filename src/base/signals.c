/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include "base/signals.h"

void signals_block(sigset_t *before)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, before);
}

void signals_restore(const sigset_t *before)
{
	int saved = errno;

	(void)sigprocmask(SIG_SETMASK, before, NULL);
	errno = saved;
}

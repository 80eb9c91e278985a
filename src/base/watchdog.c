/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/watchdog.h"

/* Modules use no real-time signals; valgrind needs the last one. */
#define WATCHDOG (SIGRTMAX - 1)

static timer_t timer;

static void end_process(int signo)
{
	(void)signo;
	log_send_kept();
	_exit(EX_UNAVAILABLE);
}

int watchdog_start(int seconds)
{
	const struct sigaction action = {.sa_handler = end_process};
	const struct itimerspec when = {.it_value.tv_sec = seconds};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
	                         .sigev_signo = WATCHDOG};

	if (sigaction(WATCHDOG, &action, NULL) < 0 ||
	    timer_create(CLOCK_MONOTONIC, &event, &timer) < 0)
		return -1;
	return timer_settime(timer, 0, &when, NULL); /* cannot fail */
}

void watchdog_stop(void)
{
	(void)timer_delete(timer);
	(void)signal(WATCHDOG, SIG_DFL);
}

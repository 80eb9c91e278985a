/* SPDX-License-Identifier: ISC */
/*
 * Ends the process if code that is not ours does not return: PAM's modules,
 * the name service.
 */
#ifndef ONEPOP_WATCHDOG_H
#define ONEPOP_WATCHDOG_H

/*
 * Unless watchdog_stop is called within that many seconds, sends the log line
 * of log_keep_error and ends the process with EX_UNAVAILABLE, without a word
 * to the client.  Has its own timer and signal (SIGRTMAX - 1), so that a module
 * may use alarm(2).  Returns 0, or -1 with errno.
 */
int watchdog_start(int seconds);

/* Call it only after a watchdog_start that returned 0. */
void watchdog_stop(void);

#endif

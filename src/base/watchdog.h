/*
 * Ends the process when code of others does not return: PAM's modules, the
 * name service.
 */
#ifndef ONEPOP_WATCHDOG_H
#define ONEPOP_WATCHDOG_H

/*
 * Unless watchdog_stop is called within that many seconds, sends the line
 * that log_keep_error has kept, and ends the process with EX_UNAVAILABLE.  The
 * client's connection is closed as it is.
 *
 * It has a timer and a signal of its own (SIGRTMAX - 1), so that a module may
 * use alarm(2).  Returns 0, or -1 with errno.
 */
int watchdog_start(int seconds);

/* Only after a start that succeeded. */
void watchdog_stop(void);

#endif

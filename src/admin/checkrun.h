/* Asks a program of this host, for as long as check can wait for it. */
#ifndef ONEPOP_CHECKRUN_H
#define ONEPOP_CHECKRUN_H

#include <stddef.h>

/*
 * Runs a program, without a shell and with nothing to read, and gives what
 * it printed until the seconds were over or size - 1 octets were there.
 * Returns 0, or -1 with errno where it cannot be run.
 */
int checkrun_ask(const char *const *argv, int seconds, char *ret, size_t size);

#endif

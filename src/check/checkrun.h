/* SPDX-License-Identifier: ISC */
/* Runs a program of this host and reads what it prints. */
#ifndef ONEPOP_CHECKRUN_H
#define ONEPOP_CHECKRUN_H

#include <stddef.h>

/*
 * Runs a program without a shell and with empty standard input.  Reads its
 * output and errors into ret until it ends, the seconds are over, or there are
 * size - 1 octets; then kills it.  Returns 0, or -1 with errno where it cannot
 * be run.
 */
int checkrun_ask(const char *const *argv, int seconds, char *ret, size_t size);

#endif

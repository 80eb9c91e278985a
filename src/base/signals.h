/* SPDX-License-Identifier: ISC */
/*
 * Holds signals back while a mailbox is half rewritten.  If one ended the
 * process then, recovery would finish the update, but other programs might
 * read the mailbox before that.
 */
#ifndef ONEPOP_SIGNALS_H
#define ONEPOP_SIGNALS_H

#include <signal.h>

/* Blocks all signals; *before is for signals_restore. */
void signals_block(sigset_t *before);

/* Keeps errno. */
void signals_restore(const sigset_t *before);

#endif

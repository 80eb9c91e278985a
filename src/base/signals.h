/*
 * A signal that ends the process must wait while a mailbox is half moved:
 * recovery would finish it, but others may look at the mailbox before.
 */
#ifndef ONEPOP_SIGNALS_H
#define ONEPOP_SIGNALS_H

#include <signal.h>

void signals_block(sigset_t *before);

/* Keeps errno. */
void signals_restore(const sigset_t *before);

#endif

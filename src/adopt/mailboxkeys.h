/* SPDX-License-Identifier: ISC */
/* Makes the keys of a mailbox's messages (headerkey.h). */
#ifndef ONEPOP_MAILBOXKEYS_H
#define ONEPOP_MAILBOXKEYS_H

#include "adopt/headerkey.h"

struct maildrop;

/*
 * Sets ret of each message, in the mailbox's order, to its key of that kind.
 * The messages are listed; the caller has the mailbox, fd, locked, and it is
 * what was listed.  Returns 0, or -1 with errno.
 */
int mailboxkeys_read(struct maildrop *d, int fd, enum headerkey_kind kind,
                     struct headerkey *ret);

#endif

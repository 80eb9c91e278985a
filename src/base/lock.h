/* SPDX-License-Identifier: ISC */
/*
 * Locks an open mailbox against other mail programs: fcntl(2) over the whole
 * file.  Ours are open-file-description locks.  They and the other programs'
 * locks exclude each other, and ours do not vanish when a library closes the
 * file.
 */
#ifndef ONEPOP_LOCK_H
#define ONEPOP_LOCK_H

#include "base/deadline.h"

enum lock_kind { LOCK_SHARED, LOCK_EXCLUSIVE };

/*
 * Takes the lock; tries until the deadline.  Returns 0, or -1 with errno:
 * EAGAIN if another program held it all the time.
 */
int lock_file(int fd, enum lock_kind kind, deadline_t until);

/* Keeps errno. */
void unlock_file(int fd);

#endif

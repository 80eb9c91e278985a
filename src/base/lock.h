/*
 * Locks on an open mailbox, as other mail programs take them: fcntl(2) over
 * the whole file.  Ours are open-file-description locks: they exclude the
 * others' both ways, and do not vanish when a library closes the file.
 */
#ifndef ONEPOP_LOCK_H
#define ONEPOP_LOCK_H

#include "base/deadline.h"

enum lock_kind { LOCK_SHARED, LOCK_EXCLUSIVE };

/*
 * Takes the lock, trying until the deadline.  Returns 0, or -1 with errno:
 * EAGAIN where another program held it all the time.
 */
int lock_file(int fd, enum lock_kind kind, deadline_t until);

void unlock_file(int fd);

#endif

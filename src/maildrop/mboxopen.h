/* SPDX-License-Identifier: ISC */
/*
 * Opening a mailbox file safely: nobody but its owner and root decides which
 * file it is.
 */
#ifndef ONEPOP_MBOXOPEN_H
#define ONEPOP_MBOXOPEN_H

#include <sys/types.h>

#include "maildrop/mbox.h"

/*
 * Opens the mailbox at path, which is relative to the directory dir.  It must
 * be a regular file with one link that belongs to uid; symbolic links on the
 * way are followed only as walk.h says.  A file that does not exist is an
 * empty mailbox: MBOX_OK, and the descriptor is -1.  If another program has
 * locked the mailbox by a file path.lock, waits until that file is gone.
 */
enum mbox_status mbox_open(struct mbox *m, int dir, const char *path,
                           uid_t uid);

#endif

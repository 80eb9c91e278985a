/*
 * What the process may still do, stage by stage: it has less from each on.
 */
#ifndef ONEPOP_SANDBOX_H
#define ONEPOP_SANDBOX_H

#include <stddef.h>

struct options;

/*
 * S0, at the start: no descriptors but 0 to 2, which are /dev/null where
 * they were closed, and the ones systemd handed over; an environment of a
 * PATH and, then, LISTEN_PID and LISTEN_FDS; umask 077, no core dumps, not
 * dumpable; signals that a lost client or a full disk would send ignored, a
 * service manager's and a child's at their default, none blocked.  Returns
 * NULL or what failed, with errno.
 *
 * It comes after options_read, which reads the environment, and before
 * connection_find, which takes LISTEN_FDS out of it, and log_open, whose
 * descriptor must stay open.
 */
const char *sandbox_start(void);

/*
 * S1, before the client is heard: of the files only the system's and PAM's
 * can be read, /run/onepop, the state and what is beneath the mailboxes'
 * directory written, PAM's helper run; a system call that login takes not
 * fails.  No program that is run gets more privileges.  Descriptors, memory
 * and processor time have limits, which a PAM module may change.
 *
 * Returns NULL, or what failed, with errno.  Then the process must not go
 * on.  Where --sandbox is try, what cannot be had is logged.
 */
const char *sandbox_login(const struct options *o);

/*
 * S2, after login, when the process is the user and has all files open that
 * it needs: closes every descriptor but 0 to 2 and the n to keep.
 * From here on nothing can be opened, started or connected; a system call
 * but those on what is open kills the process (filter.h).  Where memory ends
 * malloc fails; an hour of processor time ends the process.  Returns as
 * sandbox_login does.
 */
const char *sandbox_mail(const struct options *o, const int *keep, size_t n);

#endif

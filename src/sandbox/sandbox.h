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

/* What stays open after login. */
struct sandbox_files {
	const int *keep;                /* the client's, the log's */
	size_t n;                       /* no more than SANDBOX_KEEP */
	int *mailbox, *journal, *index; /* each NULL, or -1, if there is none */
};

#define SANDBOX_KEEP 3

/*
 * S2, after login, when the process is the user and has all files open that
 * it needs: closes every descriptor but 0 to 2 and those of files, of which it
 * moves the three that belong to the mailbox.  From here on nothing can be
 * opened, started or connected; a system call but those on what is open kills
 * the process (filter.h).  Where memory ends malloc fails; an hour of processor
 * time ends the process; and so do octets of state far beyond what a mailbox of
 * that size can need.  Returns as sandbox_login does.
 */
const char *sandbox_mail(const struct options *o,
                         const struct sandbox_files *files);

#endif

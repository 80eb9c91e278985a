/* SPDX-License-Identifier: ISC */
/*
 * Limits what the process may do, stage by stage (S0, S1, S2); no stage gives
 * back what an earlier one took.
 */
#ifndef ONEPOP_SANDBOX_H
#define ONEPOP_SANDBOX_H

#include <stddef.h>

struct options;

/*
 * S0, at the start.  Afterwards:
 * - the only descriptors are 0 to 2, which are /dev/null if they were closed,
 *   and those that systemd handed over;
 * - the environment is a PATH, and LISTEN_PID and LISTEN_FDS with systemd's
 *   descriptors;
 * - the umask is 077; the process dumps no core and cannot be traced;
 * - SIGPIPE and SIGXFSZ (a lost client, a full disk) are ignored, SIGTERM and
 *   SIGCHLD have their default, and no signal is blocked.
 * Returns NULL, or the problem in words, with errno.
 *
 * Call it after options_read, which reads the environment, and before
 * connection_find, which removes LISTEN_FDS, and log_open, whose descriptor
 * must stay open.
 */
const char *sandbox_start(void);

/*
 * S1, before anything is read from the client.  Afterwards:
 * - of all files, the process can read only the system's and PAM's; write
 *   only /run/onepop, the state, and what is beneath the mailboxes' directory;
 *   and run only PAM's helper;
 * - a system call that login does not need fails;
 * - no program that is run gains privileges;
 * - descriptors, memory and processor time are limited; a PAM module may
 *   change these limits.
 *
 * Returns NULL, or the problem in words, with errno; then the process must
 * not go on.  With --sandbox try, logs what the kernel lacks and goes on.
 */
const char *sandbox_login(const struct options *o);

/*
 * For a process that asks a server over the network, and has the files open
 * that it writes: as S1, but of all files it can read only the system's, and
 * write none; and it runs no program.  Returns as sandbox_login does.
 */
const char *sandbox_client(const struct options *o);

/* The descriptors that stay open after login, besides 0 to 2. */
struct sandbox_files {
	const int *keep; /* the client's, the log's */
	size_t n;        /* at most SANDBOX_KEEP */
	/* Each NULL or -1 if there is none; kept: copies of deleted messages */
	int *mailbox, *journal, *index, *kept;
};

#define SANDBOX_KEEP 3

/*
 * S2, after login, when the process is the user and has opened all files that
 * it needs.  Closes every descriptor but 0 to 2 and those in files; moves the
 * mailbox and its state to the numbers that the filter knows.  Afterwards:
 * - the process can open, start and connect to nothing; a system call other
 *   than those on what is open kills it (filter.h);
 * - malloc fails beyond a limit, and an hour of processor time ends the
 *   process;
 * - so does writing more octets of state than a mailbox of this size can need.
 * Returns as sandbox_login does.
 */
const char *sandbox_mail(const struct options *o,
                         const struct sandbox_files *files);

#endif

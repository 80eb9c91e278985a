/*
 * The two changes of user: from root to the start user, and from that one,
 * for good, to the user whose mail it is.
 */
#ifndef ONEPOP_PRIVILEGES_H
#define ONEPOP_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#define PRIVILEGES_START_USER "onepop"

/* The user to be before login. */
struct start_user {
	uid_t uid; /* 0: the process stays who it is */
	gid_t gid;
	bool from_root; /* the process is root, and can become him */
	bool missing;   /* there is no such account, so root stays root */
};

/*
 * Finds that user by name, in /etc/passwd before elsewhere.  Only where the
 * process is root can it become another.  Where the account is missing, root
 * stays root if it is the usual one, which an installation makes: somebody
 * tries the program without.
 * Returns NULL, or what failed, with errno.
 */
const char *privileges_find(const char *name, struct start_user *ret);

/*
 * Where the process is root, becomes that user, with no group but the user's
 * own.  Keeps, of the capabilities that are there, the three that a login may
 * need: to become the user (SETUID, SETGID), to read /etc/shadow and search
 * homes (DAC_READ_SEARCH); and SYS_CHROOT where a chroot is to follow.  Where
 * that user is root, two more: for PAM's audit records (AUDIT_WRITE), and for
 * modules that raise limits (SYS_RESOURCE).  Where the process is not root, it
 * stays who it is.  Returns NULL, or what failed, with errno; then the process
 * must not go on.
 */
const char *privileges_start(const struct start_user *user, bool chroot);

/*
 * Gives up all capabilities, but SYS_CHROOT where a chroot is to follow, if
 * the process is the user mail_user already, to whom all mail belongs: a login
 * then changes nothing.  mail_user may be NULL.  Returns as privileges_start
 * does.
 */
const char *privileges_drop(const char *mail_user, bool chroot);

/*
 * Becomes uid with the one group gid, in the root directory root unless that
 * is NULL, without any capability, and makes sure of it.  A process that has
 * no privileges and is that user already only makes sure.  Returns NULL, or
 * what failed, with errno; then the process must not go on.
 */
const char *privileges_switch(uid_t uid, gid_t gid, const char *root);

#endif

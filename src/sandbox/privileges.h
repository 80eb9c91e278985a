/* SPDX-License-Identifier: ISC */
/*
 * The two changes of user: from root to the start user, and from the start
 * user, for good, to the user whose mail it is.
 */
#ifndef ONEPOP_PRIVILEGES_H
#define ONEPOP_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#define PRIVILEGES_START_USER "onepop"

/* The user that the process becomes before login. */
struct start_user {
	uid_t uid; /* 0: the process does not change its user */
	gid_t gid;
	bool from_root; /* the process is root, and can become this user */
	bool missing;   /* there is no such account, so root stays root */
};

/*
 * Finds the start user by name if the process is root; any other process
 * cannot change its user.  If the default account does not exist yet (onepop
 * run before `make install`), root stays root.
 * Returns NULL, or the problem in words, with errno.
 */
const char *privileges_find(const char *name, struct start_user *ret);

/*
 * Takes what privileges_find returned.  If the process is root, becomes the
 * start user, in that user's one group.
 * Keeps, if the process has them, the three capabilities that a login may
 * need: SETUID and SETGID to become the user, and DAC_READ_SEARCH to read
 * /etc/shadow and to search homes; and SYS_CHROOT if a chroot is to follow.
 * If the start user is root, it keeps two more: AUDIT_WRITE for PAM's audit
 * records, and SYS_RESOURCE for modules that raise limits.
 * Returns NULL, or the problem in words, with errno; then the process must
 * not go on.
 */
const char *privileges_start(const struct start_user *user, bool chroot);

/*
 * All mail belongs to mail_user (NULL: to each user).  If the process is that
 * user already, a login changes nothing: gives up all capabilities, but
 * SYS_CHROOT if a chroot is to follow.  Returns as privileges_start does.
 */
const char *privileges_drop(const char *mail_user, bool chroot);

/*
 * Becomes uid with the one group gid and no capability, in the root directory
 * root unless that is NULL, and checks that it did.  A process that has no
 * privileges and is that user already only checks.
 * Returns NULL, or the problem in words, with errno; then the process must
 * not go on.
 */
const char *privileges_switch(uid_t uid, gid_t gid, const char *root);

#endif

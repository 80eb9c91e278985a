/* SPDX-License-Identifier: ISC */
/*
 * Remembers recent wrong passwords, as keyed digests.  A wrong password that
 * is repeated, by a phone that was not told the new one, is not guessing: it
 * is not put to PAM, which would count it (pam_faillock).
 *
 * The digests and their random key are in run_dir/failures, mode 0700.  A
 * user's are in one of BADPASSWORDS_FILES files, which holds the last
 * BADPASSWORDS_EACH, so that a flood of names cannot fill the file system.
 * Users who share a file may push out each other's entries: then PAM is asked
 * once more.  The files may be removed at any time.
 *
 * A wrong password may become the right one.  Therefore an entry counts only
 * for BADPASSWORDS_SECONDS, while /etc/shadow is unchanged since before PAM was
 * asked, and until the user has logged in.  The caller adds a password only if
 * the user's hash in /etc/shadow shows that it is wrong, because PAM denies
 * for other reasons, too.
 */
#ifndef ONEPOP_BADPASSWORDS_H
#define ONEPOP_BADPASSWORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/mac.h"
#include "base/deadline.h"

#define BADPASSWORDS_DIRECTORY "failures"
#define BADPASSWORDS_EACH      8
#define BADPASSWORDS_FILES     1024
/* At least pam_faillock's fail_interval in pam.d/onepop. */
#define BADPASSWORDS_SECONDS 900
#define BADPASSWORDS_WAIT    5 /* seconds, for another login of the user */

struct badpasswords_entry {
	deadline_t when;
	uint8_t digest[MAC_DIGEST];
};

/* The state of /etc/shadow: it changes with each password. */
struct badpasswords_stamp {
	int64_t inode, size, modified[2], changed[2];
};

/* The entries of one user's file, during one login. */
struct badpasswords {
	int fd; /* the file; -1: nothing is remembered */
	int dir;
	const char *user, *password;
	bool empty;    /* the file is empty */
	bool digested; /* now.digest is made; an empty file needs none */
	struct badpasswords_entry entries[BADPASSWORDS_EACH];
	struct badpasswords_entry now; /* of the password at hand */
	struct badpasswords_stamp stamp;
};

/*
 * Opens the user's file and locks it, so that logins of a user are put to PAM
 * one after the other: three wrong passwords sent at once are three.  Makes
 * the directories.  run_dir may be NULL; user and password must outlive *f.
 *
 * Returns 0; or -1 with errno, EPERM if others can use the directory.  Then
 * the other functions do nothing.
 */
int badpasswords_open(struct badpasswords *f, const char *run_dir,
                      const char *user, const char *password);

/* Returns whether the password was wrong recently. */
bool badpasswords_has(struct badpasswords *f);

/* Adds the password, in place of the oldest entry. */
void badpasswords_add(struct badpasswords *f);

/* Forgets all entries of the user's file. */
void badpasswords_forget(struct badpasswords *f);

void badpasswords_close(struct badpasswords *f);

#endif

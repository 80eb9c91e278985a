/*
 * Passwords that were wrong a moment ago, kept as keyed digests: one that is
 * sent again and again, by a phone that was not told the new one, is not
 * guessing, and is not put to PAM, which would count it (pam_faillock).
 *
 * They are in run_dir/failures, 0700, under a random key in the same place.
 * A user's are in one of BADPASSWORDS_FILES files, the last BADPASSWORDS_EACH
 * of them, so that no flood of names fills the file system.  Users who share
 * one may push out each other's entries: then PAM is asked once more.  While a
 * user's file holds nothing, as it mostly does, no digest is made.
 *
 * A wrong password may become the right one.  So an entry counts only while
 * /etc/shadow is as it was before PAM was asked, for BADPASSWORDS_SECONDS, and
 * until the user has logged in.  The caller adds a password only if the
 * user's hash in that file says that it is wrong: PAM's denial can mean
 * anything.  It is safe at any time to remove the files.
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
/* As long as pam_faillock's fail_interval in pam.d/onepop, or longer. */
#define BADPASSWORDS_SECONDS 900
#define BADPASSWORDS_WAIT    5 /* seconds, for another login of that user */

struct badpasswords_entry {
	deadline_t when;
	uint8_t digest[MAC_DIGEST];
};

/* What changes when somebody's password does, in /etc/shadow. */
struct badpasswords_stamp {
	int64_t inode, size, modified[2], changed[2];
};

/* What was wrong of late, while one login is looked at. */
struct badpasswords {
	int fd; /* the file, or -1: nothing is known, nothing is kept */
	int dir;
	const char *user, *password;
	bool empty;    /* the file is */
	bool digested; /* now has its digest */
	struct badpasswords_entry entries[BADPASSWORDS_EACH];
	struct badpasswords_entry now; /* the password at hand */
	struct badpasswords_stamp stamp;
};

/*
 * Opens that user's file, and locks it, so that logins of a user are put to
 * PAM one after the other and three wrong passwords are three however they
 * are sent.  run_dir may be NULL.  Returns NULL, or what failed, with errno:
 * where there is no such directory, and none can be made, or it is not only
 * ours, the other functions do nothing.  user and password must last as long.
 */
const char *badpasswords_open(struct badpasswords *f, const char *run_dir,
                              const char *user, const char *password);

/* Was this password wrong before? */
bool badpasswords_has(struct badpasswords *f);

/* Keeps it, in the place of the oldest. */
void badpasswords_add(struct badpasswords *f);

/* Forgets all of that user. */
void badpasswords_forget(struct badpasswords *f);

void badpasswords_close(struct badpasswords *f);

#endif

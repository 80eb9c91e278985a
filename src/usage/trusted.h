/* SPDX-License-Identifier: ISC */
/*
 * Which lines of the journal are onepop's?  Any user of this host can send an
 * entry that calls itself onepop's, but the kernel says who sent it.
 */
#ifndef ONEPOP_TRUSTED_H
#define ONEPOP_TRUSTED_H

#include <stdbool.h>
#include <sys/types.h>

#include "config/options.h"
#include "usage/logline.h"

struct trusted {
	uid_t start_user;
	bool one_user;   /* all mail is mail_user's */
	uid_t mail_user; /* --mail-user */

	/* Its own: the last uid that was looked up, and its name */
	bool known;
	uid_t uid;
	char name[65];
};

/* Finds the users.  Returns NULL, or the problem in words. */
const char *trusted_find(struct trusted *t, const struct options *o);

/*
 * Did uid have the right to write the line?  Before a login that is the start
 * user; then the session has become its user, or --mail-user.
 */
bool trusted_line(struct trusted *t, const struct logline *l, uid_t uid);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * The account of the user that logs in, and the look-up of accounts in the
 * name service.
 */
#ifndef ONEPOP_ACCOUNT_H
#define ONEPOP_ACCOUNT_H

#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <sys/types.h>

#include "config/username.h"

struct account {
	char login[USERNAME_OCTETS + 1]; /* the name that the client sent */
	char name[USERNAME_OCTETS + 1];  /* the name that PAM returned */
	uid_t uid; /* the session becomes this user: its */
	gid_t gid; /* own, or --mail-user */
	char home[PATH_MAX];
};

/*
 * Asks the name service for an account.  Returns it, valid until the next
 * call; or NULL with errno, which is 0 if there is no such account.  A login
 * asks before PAM and after, so the last account found is kept and returned
 * for the same name without asking again.
 */
const struct passwd *account_find(const char *name);

/* Returns whether the name is root's: "root", or an account with uid 0. */
bool account_is_root(const char *name);

/*
 * Fills in uid, gid and home from the account of that name, which need not be
 * a->name.  Returns NULL, or the problem in words.
 */
const char *account_fill(struct account *a, const char *name);

#endif

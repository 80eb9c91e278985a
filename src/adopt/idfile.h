/* SPDX-License-Identifier: ISC */
/*
 * The file of onepopctl adopt --from-file: the old ids of many users' messages.
 * Each of its lines is a message, in the old server's order:
 *
 *	LOGIN-NAME<TAB>OLD-ID
 *	LOGIN-NAME<TAB>OLD-ID<TAB>MESSAGE-ID
 *
 * All lines have the same number of columns.  MESSAGE-ID is the rest of the
 * line, and is compared without its blanks (headerkey.h); it may be empty.  A
 * user's lines stand together.  Lines may end in CRLF.  Those that are empty or
 * begin with # are ignored.
 *
 * Senders choose MESSAGE-ID, which therefore may have any octets but LF, and
 * any length that the file has.
 */
#ifndef ONEPOP_IDFILE_H
#define ONEPOP_IDFILE_H

#include <stddef.h>

#include "adopt/headerkey.h"
#include "config/username.h"

struct idlist;

#define IDFILE_MOST ((size_t)1 << 30) /* octets */

struct idfile_user {
	char account[USERNAME_OCTETS + 1]; /* of the login name */
	size_t at, end;                    /* of the lines in the text */
	size_t line;                       /* the number of the first one */
	size_t messages;                   /* at most IDLIST_MOST */
};

struct idfile {
	struct idfile_user *users; /* sorted by account; no two are the same */
	size_t n;
	enum headerkey_kind kind; /* HEADERKEY_NONE or HEADERKEY_MESSAGE_ID */

	/* Its own */
	size_t room; /* for users */
	char *text;
	size_t octets, line;
	char problem[256];
};

/* Makes one without users. */
void idfile_init(struct idfile *f);
void idfile_free(struct idfile *f);

/*
 * Reads all of the file from a descriptor, which may be a pipe, and checks each
 * line.  account is --account's pattern.  Returns NULL, or the problem in
 * words, with the line's number.
 */
const char *idfile_read(struct idfile *f, int fd, const char *account);

/* As idfile_read, with n octets of a file that the callee frees. */
const char *idfile_take(struct idfile *f, char *text, size_t n,
                        const char *account);

/* Returns the user with that account, or NULL. */
const struct idfile_user *idfile_find(const struct idfile *f,
                                      const char *account);

/*
 * Makes the list of the user's messages, for idlist_free in any case.  Returns
 * 0, or -1 with errno.
 */
int idfile_list(const struct idfile *f, const struct idfile_user *u,
                struct idlist *ret);

#endif

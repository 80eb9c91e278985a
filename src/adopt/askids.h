/* SPDX-License-Identifier: ISC */
/*
 * Asks an old server for a user's ids in a process of its own, which has no
 * rights: it is the start user without capabilities, has no file of ours open,
 * and the sandbox lets it write none.  What it hands back is read as a
 * stranger's.
 */
#ifndef ONEPOP_ASKIDS_H
#define ONEPOP_ASKIDS_H

#include <stdint.h>
#include <sys/types.h>

#include "adopt/oldserver.h"

struct adoptjoin;
struct idlist;
struct options;
struct passwords;

#define ASKIDS_TIME    7200 /* seconds that a server may take for a user */
#define ASKIDS_AT_ONCE 4    /* connections: some servers allow no more */

/* What a child is given. */
struct askids {
	const struct options *options;
	const char *url;
	struct oldserver_login login; /* of the user at the old server */
	struct passwords *passwords;  /* which the child must not keep */
	struct adoptjoin *join;       /* the work that follows */
	struct idlist *list;          /* of join, empty: the child fills it */
	int out;                      /* for the result */
};

/* The exit statuses of a child that go beyond those of adoptjoin.h. */
enum askids_end {
	ASKIDS_ASKED = 16,
	ASKIDS_REFUSED, /* the login */
	ASKIDS_FAILED,  /* something else, with this user */
	ASKIDS_SERVER   /* the server; so it would be with each user */
};

struct askids_result {
	uint32_t messages;
	uint32_t unusable;               /* of their ids: RFC 1939 does not
	                                    allow them */
	uint32_t octets;                 /* of the ids, an LF behind each */
	char problem[OLDSERVER_PROBLEM]; /* unless ASKIDS_ASKED */
};

/*
 * Loads libcurl.  To be called before the first child is started.  Returns
 * NULL, or the problem in words.
 */
const char *askids_begin(void);

/*
 * Opens a file for a result, which cannot become larger than such a result can
 * be.  Returns a descriptor to close, or -1 with errno.
 */
int askids_file(void);

/*
 * The work of a child (crew.h): with is a struct askids.  Has another child
 * ask, then joins what it found with the mailbox: returns what adoptjoin_child
 * does, or an enum askids_end.
 */
int askids_join(void *with);

/*
 * Reads a result, but for its ids.  Texts are printable ASCII and ended by a
 * NUL.  Returns 0, or -1 with errno: EBADMSG for what no child of ours writes.
 */
int askids_read(int fd, struct askids_result *ret);

#endif

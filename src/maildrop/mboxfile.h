/* SPDX-License-Identifier: ISC */
/*
 * The inside of an open mailbox.  Only the files mbox*.c and their tests look
 * inside; all others call the functions of mbox.h.
 */
#ifndef ONEPOP_MBOXFILE_H
#define ONEPOP_MBOXFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/deadline.h"
#include "index/index.h"

/* A part of the file that mboxread.c has in memory. */
struct mbox_cache {
	char *octets;     /* NULL until it is needed */
	off_t at;         /* where it stands in the file */
	size_t n;         /* octets; 0: nothing is in it */
	struct stat file; /* the file's status when it was read */
	bool settled;     /* each change since then shows in the file's times */
	uint64_t ends;    /* digest of both ends of a long header */
};

struct mbox {
	int fd;              /* -1: there is no file, which means no mail */
	int lock_timeout;    /* seconds */
	bool network;        /* a network file system is allowed */
	deadline_t until;    /* of all waiting from mbox_open to mbox_scan */
	struct stat seen;    /* the file's status when it was listed */
	bool lost;           /* the index was damaged, and the messages could
	                        not be listed again as they were */
	const char *problem; /* in words, after MBOX_UNSAFE and MBOX_NOT_MBOX;
	                        after MBOX_BUSY it may be NULL */
	struct mbox_cache cache;
	struct index index; /* the list; it comes last, for it is large */
};

/* As mbox_new and mbox_free, for an m in the caller's memory. */
void mbox_init(struct mbox *m, int lock_timeout, bool network);
void mbox_close(struct mbox *m);

#endif

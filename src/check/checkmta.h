/* SPDX-License-Identifier: ISC */
/*
 * The mail programs installed here: which locks they take in a mailbox, and
 * whether they quote lines that begin with From.  Each program is asked
 * (postconf, exim, procmail, doveconf), or its configuration is read.
 */
#ifndef ONEPOP_CHECKMTA_H
#define ONEPOP_CHECKMTA_H

#include <stdbool.h>

/* The findings about a program that delivers mail, or about a part of it. */
struct checkmta {
	char program[96];    /* "postfix local" */
	char locks[96];      /* their names: "fcntl, dotlock" */
	bool fcntl;          /* one of them is the lock that onepop takes */
	bool loses_mail;     /* it cannot take fcntl locks, whatever is set */
	const char *fix;     /* the command or setting that corrects it */
	bool maildir;        /* it delivers to Maildirs, not to mbox files */
	const char *quoting; /* how a sender can forge messages, or NULL */
	bool forgeable;      /* a sender always can */
};

#define CHECKMTA_PARTS 2  /* of a program */
#define CHECKMTA_MAX   20 /* of all programs */

/* Examines all programs that are installed.  Returns the number of *found. */
int checkmta_find(struct checkmta found[static CHECKMTA_MAX]);

/*
 * Reads what one program printed, or its configuration, and changes text on
 * the way.  program is the base name, such as "postconf".  Returns the number
 * of *ret, which is 0 where the program delivers to no mbox file.
 */
int checkmta_read(const char *program, char *text,
                  struct checkmta ret[static CHECKMTA_PARTS]);

/* dpkg's list of the files of maildrop: Debian's maildrop is installed. */
#define CHECKMTA_DEBIAN_MAILDROP "/var/lib/dpkg/info/maildrop.list"

/*
 * Makes an answer for the program that the link sendmail leads to.  Returns
 * the number of *ret: 0 where there is no such program.
 */
int checkmta_unknown(const char *sendmail, struct checkmta *ret);

#endif

/*
 * How do the mail programs installed here lock a mailbox, and do they quote
 * From_ lines?  Each is asked itself (postconf, exim, procmail, doveconf), or
 * its configuration read.
 */
#ifndef ONEPOP_CHECKMTA_H
#define ONEPOP_CHECKMTA_H

#include <stdbool.h>
#include <stddef.h>

struct checkmta {
	char program[96];    /* "postfix" */
	char locks[96];      /* its own words: "fcntl, dotlock" */
	bool fcntl;          /* does it take the lock onepop takes? */
	bool loses_mail;     /* it never does: what it delivers may be lost */
	const char *fix;     /* what to set where it does not */
	bool maildir;        /* it delivers elsewhere than to mbox files */
	const char *quoting; /* what lets a sender forge messages, or NULL */
	bool forgeable;      /* it always does */
};

#define CHECKMTA_MAX 14 /* all at once */

/* Returns how many there are. */
int checkmta_find(struct checkmta found[static CHECKMTA_MAX]);

/*
 * Makes of what a program printed an answer for each thing it delivers with;
 * text is changed.  Returns how many answers, at most CHECKMTA_PARTS.
 */
#define CHECKMTA_PARTS 2

typedef int checkmta_fn(char *text, struct checkmta ret[static CHECKMTA_PARTS]);

checkmta_fn checkmta_postfix; /* of postconf -hx: the values, a line each */
checkmta_fn checkmta_exim;    /* of exim -bP transports */
checkmta_fn checkmta_smtpd;   /* of OpenSMTPD's smtpd.conf */
checkmta_fn checkmta_dma;     /* of dma.conf */
checkmta_fn checkmta_procmail;
checkmta_fn checkmta_local; /* of mail.local's octets: sendmail's */
checkmta_fn checkmta_maildrop;
checkmta_fn checkmta_dovecot; /* of doveconf: 2.3's lines, or 2.4's blocks */

/* What dpkg keeps of the maildrop it installed. */
#define CHECKMTA_DEBIAN_MAILDROP "/var/lib/dpkg/info/maildrop.list"

/* An answer for the program that a link leads to, where that is there. */
int checkmta_unknown(const char *sendmail,
                     struct checkmta ret[static CHECKMTA_PARTS]);

#endif

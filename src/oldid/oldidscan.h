/* SPDX-License-Identifier: ISC */
/*
 * The parts that the formats of oldid.h share: each format gets the mailbox in
 * pieces of lines, cut where the old server cut them, and tells of the
 * messages.
 */
#ifndef ONEPOP_OLDIDSCAN_H
#define ONEPOP_OLDIDSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <openssl/evp.h>

#include "oldid/oldidfield.h"
#include "oldid/oldidfound.h"
#include "oldid/oldidread.h"

/* A scan's state; each server uses what it has. */
struct oldid_scan {
	const struct oldid_rules *rules;
	oldid_found_fn *found;
	void *to;
	int fd;
	off_t size;
	int result; /* not 0: the scan has ended with it */
	EVP_MD_CTX *digest;

	/* The message. */
	off_t start;         /* of its From_ line; -1: there is none yet */
	unsigned int number; /* 1: the first */
	bool envelope;       /* the From_ line goes on */
	bool header;         /* its header goes on */
	bool field;          /* the field at hand is hashed */
	bool received;       /* it has a Received field */
	bool data;           /* a line follows its From_ line */
	bool has_id;         /* its id was found */
	char id[OLDID_OCTETS + 1];
	const char *note;
	size_t left; /* octets that are still to be hashed */

	/* The lines so far. */
	bool blank; /* the line before is blank */
	bool ended; /* the piece before ended its line */
	bool cut;   /* the line before was too long for the server */

	/* Numbers that UW and Dovecot keep in the file. */
	uint64_t validity, last, previous, uid;
	uint64_t written; /* the last one, as the file has it */
	bool unsure;      /* one before has a number that may be wrong */
	bool pseudo;      /* the message is internal */
	off_t until;      /* the message goes at least so far */
	bool has_length;
	uint64_t length; /* its Content-Length */
	struct oldid_field text;
	char from[OLDID_PIECE]; /* a From_ line */
	size_t from_n;
};

/* How a server reads. */
struct oldid_rules {
	size_t piece;                         /* octets */
	off_t (*begin)(struct oldid_scan *s); /* returns where to read from */
	void (*take)(struct oldid_scan *s, const struct oldid_piece *p);
	void (*end)(struct oldid_scan *s); /* the file's */
	void (*write)(struct oldid_scan *s, char *id);
};

/* Ends the scan with that result; an error takes errno along. */
void oldid_stop(struct oldid_scan *s, int result);

/*
 * Tells of the message with the scan's id and note.  An id that RFC 1939 does
 * not allow is left out.
 */
void oldid_tell(struct oldid_scan *s);

/* Begins, adds to and ends the digest; an error ends the scan. */
void oldid_digest(struct oldid_scan *s, const EVP_MD *kind);
void oldid_add(struct oldid_scan *s, const char *p, size_t n);
void oldid_finish(struct oldid_scan *s, unsigned char *ret);

/* Writes n octets in hexadecimal, and a NUL. */
void oldid_hex(char *ret, const unsigned char *p, size_t n);

/*
 * Returns where the LF of the piece's line stands, or -1: the file ends
 * before, or cannot be read, which ends the scan.
 */
off_t oldid_line_end(struct oldid_scan *s, const struct oldid_piece *p);

extern const struct oldid_rules oldid_popa3d, oldid_solid, oldid_tpop3d,
	oldid_openbsd, oldid_teapop, oldid_qpopper_old, oldid_qpopper_new,
	oldid_vm_pop3d, oldid_x_uidl, oldid_uw, oldid_dovecot, oldid_dovecot_vu,
	oldid_dovecot_md5, oldid_dovecot_md5_all;

#endif

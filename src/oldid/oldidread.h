/* SPDX-License-Identifier: ISC */
/* Reads a mailbox in pieces of lines, each cut at a server's line buffer. */
#ifndef ONEPOP_OLDIDREAD_H
#define ONEPOP_OLDIDREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Octets of a piece, for servers that do not cut lines.  One of so many octets
 * is never cut between CR and LF.
 */
#define OLDID_PIECE 4096

#define OLDID_WINDOW 65536 /* octets that are read at once, at most */

/* A line, or a part of one. */
struct oldid_piece {
	const char *p;
	size_t n; /* at least 1 */
	off_t at;
	bool first; /* its line begins here */
	bool last;  /* it ends with its line's LF */
};

/* A file that is read in pieces. */
struct oldid_reader {
	int fd;
	off_t at, end;
	size_t most;  /* octets of a piece, at most OLDID_WINDOW */
	size_t chunk; /* octets that are read at once, at least most */
	bool cut;     /* the piece before did not end its line */
	size_t from, n;
	char window[OLDID_WINDOW];
};

/* Begins at that place, with a chunk of OLDID_WINDOW. */
void oldid_read_from(struct oldid_reader *r, int fd, off_t at, off_t end,
                     size_t most);

/* Returns 1 with the next piece, 0 at the end, or -1 with errno. */
int oldid_read(struct oldid_reader *r, struct oldid_piece *ret);

/* Does the piece begin with that text, in any case or as it is? */
bool oldid_is(const struct oldid_piece *p, const char *text);
bool oldid_is_exactly(const struct oldid_piece *p, const char *text);

/* Is it a line of LF alone? */
bool oldid_is_blank(const struct oldid_piece *p);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Parses a POP3 command line (RFC 1939, section 3; RFC 2449, section 4): a
 * keyword, and arguments separated by spaces.
 */
#ifndef ONEPOP_COMMAND_H
#define ONEPOP_COMMAND_H

#include <stddef.h>

#define COMMAND_OCTETS 255 /* a line with its CRLF (RFC 2449, section 4) */
#define COMMAND_ARGS   2

struct command {
	char *keyword; /* in capitals */
	char *rest;    /* everything after the first space, or NULL */
	int argc;      /* arguments; COMMAND_ARGS + 1 if there are more */
	char *argv[COMMAND_ARGS];
};

/*
 * Parses a line of n octets, behind which is a NUL, in place.  Returns 0, or -1
 * if it is empty or has a NUL in it; a password may have any other octet.  The
 * line must outlive *c.  Does not split the arguments: a password may have
 * spaces.
 */
int command_parse(struct command *c, char *line, size_t n);

/* Splits the rest into arguments, in place.  Spaces at its end are ignored. */
void command_split(struct command *c);

#endif

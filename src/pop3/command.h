/*
 * The grammar of a POP3 command line (RFC 1939, section 3; RFC 2449,
 * section 4): a keyword, and arguments set apart by spaces.
 */
#ifndef ONEPOP_COMMAND_H
#define ONEPOP_COMMAND_H

#include <stddef.h>

#define COMMAND_OCTETS 255 /* a line with its CRLF (RFC 2449, section 4) */
#define COMMAND_ARGS   2

struct command {
	char *keyword; /* in capitals */
	char *rest;    /* all after the first space, as it came; or NULL */
	int argc;      /* arguments; COMMAND_ARGS + 1 when there are more */
	char *argv[COMMAND_ARGS];
};

/*
 * Parses a line of n octets that ends with a NUL, in place.  Returns 0, or
 * -1 for what no command can be: an empty line, or a NUL in it.  A password
 * may hold any other octet.  The line holds the strings of *c.  The arguments
 * are split only by command_split, as a password is not made of arguments.
 */
int command_parse(struct command *c, char *line, size_t n);

/* Splits the rest into arguments, in place; blanks at the end are none. */
void command_split(struct command *c);

#endif

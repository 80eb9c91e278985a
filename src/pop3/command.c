/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "pop3/command.h"

int command_parse(struct command *c, char *line, size_t n)
{
	char *p;

	if (n == 0 || memchr(line, '\0', n))
		return -1;
	c->keyword = line;
	c->rest = NULL;
	c->argc = 0;
	for (p = line; *p && *p != ' '; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	if (*p) {
		*p++ = '\0';
		c->rest = p;
	}
	return 0;
}

void command_split(struct command *c)
{
	char *p;

	c->argc = 0;
	for (p = c->rest; p && *(p += strspn(p, " ")); c->argc++) {
		if (c->argc > COMMAND_ARGS)
			return;
		if (c->argc < COMMAND_ARGS)
			c->argv[c->argc] = p;
		p += strcspn(p, " ");
		if (*p && c->argc < COMMAND_ARGS)
			*p++ = '\0';
	}
}

/* SPDX-License-Identifier: ISC */
/*
 * onepopctl report: prints who used onepop, and what went wrong, from the
 * journal or a file of syslog lines.
 */
#ifndef ONEPOP_USAGE_H
#define ONEPOP_USAGE_H

#include <stdbool.h>

#include "config/options.h"

/* What the command line says. */
struct usage {
	const char *since; /* NULL: seven days ago */
	const char *file;  /* of syslog lines; or NULL: the journal */
	const char *user;  /* the only one, or NULL */
	bool json;
};

/* Returns NULL, or what is wrong with it. */
const char *usage_problem(const struct usage *u);

/* Opens the file or the journal, before the process becomes the start user. */
void usage_begin(const struct usage *u);

/* Reads for at most a minute, and prints.  Returns an exit status. */
int usage_run(const struct options *o, const struct usage *u);

#endif

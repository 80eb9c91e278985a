/* SPDX-License-Identifier: ISC */
/*
 * Reads a line that base/log has written, or that somebody wants to pass for
 * one:
 *
 *	login failed: rip=192.0.2.7 reason=auth user="alice"
 */
#ifndef ONEPOP_LOGLINE_H
#define ONEPOP_LOGLINE_H

#include <stdbool.h>
#include <stddef.h>

#define LOGLINE_OCTETS 4096 /* with the NUL; base/log's lines are shorter */
#define LOGLINE_FIELDS 24

struct logline {
	const char *event; /* the words before the colon */
	size_t n;
	struct {
		const char *key;
		const char *value; /* as it is written, without its quotes */
	} fields[LOGLINE_FIELDS];
};

/*
 * Cuts the text into the parts of the line, which lie in it.  A value is
 * printable ASCII, and escaped as log_quoted does it.
 * Returns false if no function of log.h writes lines of this form.
 */
bool logline_read(struct logline *l, char *text);

/* Returns the first field of that key, or "" without one. */
const char *logline_value(const struct logline *l, const char *key);

/* Returns the name of the user's account, or "" if the line has none. */
const char *logline_account(const struct logline *l);

#endif

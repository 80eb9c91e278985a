/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <string.h>

#include "config/pattern.h"
#include "config/username.h"

bool username_is_valid(const char *name)
{
	const char *p;

	if (*name == '-' || *name == '.' || *name == '\0')
		return false;
	for (p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._@%+-", *p))
			return false;
	return p - name <= USERNAME_OCTETS;
}

const char *username_pattern_problem(const char *pattern)
{
	char account[USERNAME_OCTETS + 1];
	const char *rest = pattern;
	struct pattern_item item;
	bool named = false;

	while (*rest) {
		rest = pattern_next(rest, &item);
		if (!rest || item.letter == 'h' || item.form == '1' ||
		    item.form == '2')
			return "may have %u, %n and %d only, and %L for lower "
			       "case";
		named = named || item.letter == 'u' || item.letter == 'n';
	}
	if (!named)
		return "must have %u or %n, or all users would be one";
	return username_fill(account, pattern, "user@example.org")
	               ? NULL
	               : "makes no name (letters, digits and . _ @ % + -)";
}

bool username_fill(char account[static USERNAME_OCTETS + 1],
                   const char *pattern, const char *login)
{
	if (username_is_valid(login) &&
	    pattern_fill(account, USERNAME_OCTETS + 1, pattern, login, NULL) ==
	            PATTERN_OK &&
	    username_is_valid(account))
		return true;
	account[0] = '\0';
	return false;
}

/* SPDX-License-Identifier: ISC */
/*
 * The patterns of --account, which are filled in for a login name, and of
 * --mailbox, for an account's name: literal octets, and values, each a % and a
 * letter.  %u is the name, %n and %d are its parts before and after its first
 * @, %h is the home directory.  %Lu, %Ln and %Ld are the same in lower case (of
 * ASCII), %1u and %2u the first and the second octet of %Lu.  %% is a literal
 * percent sign.
 */
#ifndef ONEPOP_PATTERN_H
#define ONEPOP_PATTERN_H

#include <stddef.h>

struct pattern_item {
	char literal; /* the octet; 0: the item is a value */
	char letter;  /* of the value: u, n, d or h */
	char form;    /* of the value: L, 1, 2; or 0, as it is */
};

/*
 * Reads the item at the pattern's start, which is not its end.  Returns the
 * rest of the pattern, or NULL if there is no such value.
 */
const char *pattern_next(const char *pattern, struct pattern_item *ret);

enum pattern_result {
	PATTERN_OK,
	PATTERN_UNKNOWN, /* the pattern has a % that is no value */
	PATTERN_NO_PART, /* a value is empty; only %2u may be, as in exim and
	                    Dovecot: a name may have one octet */
	PATTERN_TOO_LONG
};

/*
 * Fills in a pattern.  home is NULL where the pattern may not have %h.  Of buf,
 * of size octets, only PATTERN_OK leaves something to use.
 */
enum pattern_result pattern_fill(char *buf, size_t size, const char *pattern,
                                 const char *user, const char *home);

#endif

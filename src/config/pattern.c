/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "config/pattern.h"

const char *pattern_next(const char *pattern, struct pattern_item *ret)
{
	const char *letters = "undh";

	*ret = (struct pattern_item){.literal = *pattern};
	if (*pattern++ != '%')
		return pattern;
	if (*pattern == '%')
		return pattern + 1;
	ret->literal = '\0';
	if (*pattern == 'L' || *pattern == '1' || *pattern == '2') {
		ret->form = *pattern++;
		letters = ret->form == 'L' ? "und" : "u";
	}
	ret->letter = *pattern;
	return *pattern && strchr(letters, *pattern) ? pattern + 1 : NULL;
}

/* Returns the n octets of an item, or NULL if it is no value here. */
static const char *find_octets(const struct pattern_item *item,
                               const char *user, const char *home, size_t *n)
{
	const char *at = strchr(user, '@');
	const char *text = user;

	*n = 1;
	if (item->literal)
		return &item->literal;
	if (item->letter == 'd')
		text = at ? at + 1 : "";
	else if (item->letter == 'h')
		text = home;
	if (!text)
		return NULL;
	*n = item->letter == 'n' ? strcspn(user, "@") : strlen(text);
	if (item->form == '2' && *n > 0) {
		text++;
		(*n)--;
	}
	if ((item->form == '1' || item->form == '2') && *n > 1)
		*n = 1;
	return text;
}

/* Folds n octets to lower case, whatever the locale. */
static void fold_octets(char *p, size_t n)
{
	for (; n > 0; p++, n--)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
}

enum pattern_result pattern_fill(char *buf, size_t size, const char *pattern,
                                 const char *user, const char *home)
{
	struct pattern_item item;
	size_t n, have = 0;
	const char *octets;

	while (*pattern) {
		pattern = pattern_next(pattern, &item);
		octets = pattern ? find_octets(&item, user, home, &n) : NULL;
		if (!octets)
			return PATTERN_UNKNOWN;
		if (n == 0 && !(item.form == '2' && *user))
			return PATTERN_NO_PART;
		if (n >= size - have)
			return PATTERN_TOO_LONG;
		memcpy(buf + have, octets, n);
		if (item.form)
			fold_octets(buf + have, n);
		have += n;
	}
	buf[have] = '\0';
	return PATTERN_OK;
}

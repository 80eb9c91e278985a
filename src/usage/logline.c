/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "usage/logline.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyz"

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

/* Returns the quote that ends the value, or NULL. */
static char *find_quote(char *p)
{
	for (; *p && *p != '"'; p++)
		if (*p == '\\' && !*++p)
			return NULL;
	return *p ? p : NULL;
}

/*
 * Reads " key=value" or " key="value"", and ends both with a NUL.  Returns the
 * place behind them, or NULL.  The blank of the next field may have become a
 * NUL: *more says whether there is a next one.
 */
static char *read_pair(struct logline *l, char *p, bool *more)
{
	char *key = p, *end;
	size_t n = strspn(p, LETTERS);

	if (n == 0 || p[n] != '=' || l->n == LOGLINE_FIELDS)
		return NULL;
	p[n] = '\0';
	p += n + 1;
	l->fields[l->n].key = key;
	if (*p == '"') {
		end = find_quote(++p);
		if (!end)
			return NULL;
		*end++ = '\0';
	} else {
		end = p + strcspn(p, " \"");
	}
	l->fields[l->n++].value = p;
	if (*end && *end != ' ')
		return NULL;
	*more = *end != '\0';
	*end = '\0';
	return end + 1;
}

bool logline_read(struct logline *l, char *text)
{
	const size_t n = strspn(text, LETTERS " ");
	bool more = true;
	char *p = text + n;

	l->n = 0;
	l->event = text;
	if (n == 0 || strncmp(p, ": ", 2) != 0 || !is_printable(text))
		return false;
	*p = '\0';
	p += 2;
	while (p && more)
		p = read_pair(l, p, &more);
	return p != NULL;
}

const char *logline_value(const struct logline *l, const char *key)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->fields[i].key, key) == 0)
			return l->fields[i].value;
	return "";
}

const char *logline_account(const struct logline *l)
{
	const char *account = logline_value(l, "account");
	const char *user = logline_value(l, "user");

	if (*account)
		return account;
	return strcmp(user, "?") == 0 ? "" : user;
}

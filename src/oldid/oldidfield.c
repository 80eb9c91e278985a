/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <strings.h>

#include "oldid/oldidfield.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool oldidfield_continues(const struct oldid_field *f,
                          const struct oldid_piece *p)
{
	return !p->first || (f->some && is_blank(p->p[0]));
}

bool oldidfield_is(const struct oldid_field *f, const char *name)
{
	return f->some && strcasecmp(f->name, name) == 0;
}

static void append_value(struct oldid_field *f, const char *p, size_t n)
{
	size_t room = sizeof(f->value) - f->n, i;

	for (i = room; i < n; i++)
		if (!is_blank(p[i]) && p[i] != '\n')
			f->more = true;
	if (n > room)
		n = room;
	memcpy(f->value + f->n, p, n);
	f->n += n;
}

/* Returns where the value begins in a field's first piece of n octets. */
static size_t begin_field(struct oldid_field *f, const char *p, size_t n)
{
	const char *colon = memchr(p, ':', n);
	size_t k = 0, at = 0;

	memset(f, 0, sizeof(*f));
	f->some = true;
	if (colon) {
		k = at = (size_t)(colon - p);
		at++;
		if (at < n && is_blank(p[at]))
			at++;
	}
	while (k > 0 && is_blank(p[k - 1]))
		k--;
	if (k < sizeof(f->name))
		memcpy(f->name, p, k);
	return at;
}

const char *oldidfield_take(struct oldid_field *f, const struct oldid_piece *p,
                            size_t *n)
{
	bool crlf = p->last && p->n > 1 && p->p[p->n - 2] == '\r';
	const char *value = p->p;

	*n = p->n - p->last - crlf;
	if (!oldidfield_continues(f, p)) {
		value += begin_field(f, p->p, *n);
	} else if (p->first && *n > 1) {
		if (f->crlf && *n > 2)
			append_value(f, "\r", 1);
		append_value(f, "\n", 1);
	}
	*n -= (size_t)(value - p->p);
	append_value(f, value, *n);
	f->crlf = crlf;
	return value;
}

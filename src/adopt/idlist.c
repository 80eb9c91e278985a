/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "adopt/idlist.h"

#include "oldid/oldidfound.h"

#define FIRST_ENTRIES 64
#define FIRST_TEXT    4096 /* more than an id */

_Static_assert((uint64_t)IDLIST_MOST *(OLDID_OCTETS + 1) <= UINT32_MAX,
               "idlist_entry's at has room");

void idlist_init(struct idlist *l, const char *source, enum headerkey_kind kind)
{
	*l = (struct idlist){.source = source, .kind = kind};
}

void idlist_free(struct idlist *l)
{
	free(l->entries);
	free(l->text);
	idlist_init(l, l->source, l->kind);
}

bool idlist_allows(const char *id, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (id[i] < 0x21 || id[i] > 0x7e)
			return false;
	return n >= 1 && n <= OLDID_OCTETS;
}

/* Makes room for one more message.  Returns 0, or -1 with errno. */
static int reserve(struct idlist *l)
{
	size_t room;
	void *more;

	if (l->n == l->room) {
		room = l->room ? 2 * l->room : FIRST_ENTRIES;
		more = realloc(l->entries, room * sizeof(*l->entries));
		if (!more)
			return -1;
		l->entries = more;
		l->room = room;
	}
	if (l->text_room - l->octets < OLDID_OCTETS + 1) {
		room = l->text_room ? 2 * l->text_room : FIRST_TEXT;
		more = realloc(l->text, room);
		if (!more)
			return -1;
		l->text = more;
		l->text_room = room;
	}
	return 0;
}

int idlist_add(struct idlist *l, const char *id, size_t n,
               const struct headerkey *key)
{
	struct idlist_entry *e;

	if (!idlist_allows(id, n)) {
		errno = EINVAL;
		return -1;
	}
	if (l->n == IDLIST_MOST) {
		errno = EFBIG;
		return -1;
	}
	if (reserve(l) < 0)
		return -1;
	e = &l->entries[l->n++];
	*e = (struct idlist_entry){.at = (uint32_t)l->octets};
	if (key)
		e->key = *key;
	memcpy(l->text + l->octets, id, n);
	l->octets += n;
	l->text[l->octets++] = '\0';
	return 0;
}

const char *idlist_id(const struct idlist *l, size_t i)
{
	return l->text + l->entries[i].at;
}

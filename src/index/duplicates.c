/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "index/duplicates.h"

#define KNOWN_LEAST 16 /* messages that the first allocation has space for */

/* A message that had a number. */
struct duplicate {
	struct uidl uidl;
	uint32_t number;
	/* In the first of those with its id: */
	uint32_t many; /* how many they are */
	uint32_t used; /* how many of their numbers are given again */
};

/* A unique-id of the messages that are to be numbered. */
struct id_entry {
	uint64_t tag;
	uint32_t one;    /* a message that has it, from 1 on; 0: no entry */
	uint32_t many;   /* messages that have it */
	uint32_t latest; /* the last that has been numbered; 0: none has */
};

/* A hash table with open addressing. */
struct id_table {
	uint32_t mask;
	struct id_entry *entry;
};

static int compare_ids(const struct uidl *a, const struct uidl *b)
{
	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	return 0;
}

static int compare_duplicates(const void *a, const void *b)
{
	const struct duplicate *x = a, *y = b;
	int order = compare_ids(&x->uidl, &y->uidl);

	return order ? order
	             : (x->number > y->number) - (x->number < y->number);
}

/* Returns false if there is no memory. */
static bool remember_message(struct duplicates *d, const struct mbox_message *m)
{
	struct duplicate *more = d->known;

	/* The space is for a power of two, at least KNOWN_LEAST. */
	if (d->n == 0 || (d->n >= KNOWN_LEAST && (d->n & (d->n - 1)) == 0))
		more = reallocarray(d->known, d->n ? d->n * 2 : KNOWN_LEAST,
		                    sizeof(*more));
	if (!more)
		return false;
	d->known = more;
	d->known[d->n++] =
		(struct duplicate){.uidl = m->uidl, .number = m->duplicate};
	return true;
}

/* Counts those with each id; they are in order. */
static void count_duplicates(struct duplicates *d)
{
	struct duplicate *first = d->known;
	size_t i;

	for (i = 0; i < d->n; i++) {
		if (compare_ids(&d->known[i].uidl, &first->uidl) != 0)
			first = &d->known[i];
		first->many++;
	}
}

void duplicates_find(struct index *ix, struct duplicates *ret)
{
	struct mbox_message m;
	uint32_t i;

	*ret = (struct duplicates){.damaged = ix->damaged};
	for (i = 0; i < ix->count; i++)
		if (index_get(ix, i, &m) < 0 ||
		    (m.duplicate && !remember_message(ret, &m)))
			ret->damaged = true;
	if (ret->n)
		qsort(ret->known, ret->n, sizeof(*ret->known),
		      compare_duplicates);
	count_duplicates(ret);
}

void duplicates_free(struct duplicates *d)
{
	free(d->known);
	*d = (struct duplicates){0};
}

/* Returns the first that was known with that id, or NULL. */
static struct duplicate *find_first(const struct duplicates *before,
                                    const struct uidl *id)
{
	size_t low = 0, high = before->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_ids(&before->known[middle].uidl, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < before->n && compare_ids(&before->known[low].uidl, id) == 0)
		return &before->known[low];
	return NULL;
}

/*
 * Returns the next number that a message with that id had; a new one, if fewer
 * messages have the id now; or 0 if no number is left.
 */
static uint32_t reuse_number(const struct duplicates *before,
                             const struct uidl *id, uint32_t many)
{
	struct duplicate *first;
	uint32_t n;

	first = find_first(before, id);
	if (!first || first->used == first->many)
		return 0;
	n = first->used++;
	if (many < first->many)
		return first[first->many - 1].number + 1 + n;
	return first[n].number;
}

/* Returns 1 if message i has the id, 0 if not, or -1 with errno. */
static int has_id(struct index *ix, uint32_t i, const struct uidl *id)
{
	struct mbox_message m;

	if (index_get(ix, i, &m) < 0)
		return -1;
	return compare_ids(&m.uidl, id) == 0;
}

/*
 * Finds the entry of an id, or the place where it would be.  The table has
 * only tags; an id whose tag is the same is compared with that of a message.
 * Returns 0, or -1 with errno.
 */
static int find_entry(struct index *ix, const struct id_table *t,
                      const struct uidl *id, struct id_entry **ret)
{
	uint64_t tag = index_tag(*id);
	uint32_t slot = tag & t->mask;
	int same;

	for (;; slot = (slot + 1) & t->mask) {
		*ret = &t->entry[slot];
		if (!(*ret)->one)
			return 0;
		if ((*ret)->tag != tag)
			continue;
		same = has_id(ix, (*ret)->one - 1, id);
		if (same)
			return same < 0 ? -1 : 0;
	}
}

/* Makes an entry for each id from message from on. */
static int enter_ids(struct index *ix, const struct id_table *t, uint32_t from)
{
	struct mbox_message m;
	struct id_entry *e;
	uint32_t i;

	for (i = from; i < ix->count; i++) {
		if (index_get(ix, i, &m) < 0 ||
		    find_entry(ix, t, &m.uidl, &e) < 0)
			return -1;
		if (!e->one)
			*e = (struct id_entry){index_tag(m.uidl), i + 1, 0, 0};
		e->many++;
	}
	return 0;
}

/* May a group of messages have one of the ids?  As index_may_have. */
static int group_may_have(struct index *ix, const struct id_table *t,
                          uint32_t group)
{
	uint32_t slot;
	int may = 0;

	for (slot = 0; slot <= t->mask && may == 0; slot++)
		if (t->entry[slot].one)
			may = index_may_have(ix, group, t->entry[slot].tag);
	return may;
}

/* Notes which messages of a group, before to, have one of the ids. */
static int look_up_group(struct index *ix, const struct id_table *t,
                         uint32_t group, uint32_t to)
{
	struct mbox_message m;
	struct id_entry *e;
	uint32_t i;

	for (i = group; i < to && i < group + INDEX_GROUP; i++) {
		if (index_get(ix, i, &m) < 0 ||
		    find_entry(ix, t, &m.uidl, &e) < 0)
			return -1;
		if (e->one)
			e->latest = i + 1;
	}
	return 0;
}

/* The same for the first n messages, which have been numbered. */
static int look_up_numbered(struct index *ix, const struct id_table *t,
                            uint32_t n)
{
	uint32_t group;
	int may;

	for (group = 0; group < n; group += INDEX_GROUP) {
		may = group_may_have(ix, t, group);
		if (may < 0 || (may > 0 && look_up_group(ix, t, group, n) < 0))
			return -1;
	}
	return 0;
}

/* Sets *ret to the number after that of message i, which is no longer alone. */
static int number_after(struct index *ix, uint32_t i, uint32_t *ret)
{
	struct mbox_message m;

	if (index_get(ix, i, &m) < 0)
		return -1;
	if (m.duplicate == 0) {
		m.duplicate = 1;
		if (index_put(ix, i, &m) < 0)
			return -1;
	}
	*ret = m.duplicate + 1;
	return 0;
}

/*
 * Returns a number for one of many messages with the id: one that was known,
 * or a new one; 0 if the message with the id before it decides.
 */
static uint32_t choose_number(const struct index *ix,
                              const struct duplicates *before,
                              const struct uidl *id, uint32_t many)
{
	if (!before->damaged)
		return reuse_number(before, id, many);
	return many > 1 || find_first(before, id) ? ix->highest_duplicate + 1
	                                          : 0;
}

static int number_message(struct index *ix, const struct id_table *t,
                          uint32_t i, const struct duplicates *before)
{
	struct mbox_message m;
	struct id_entry *e;

	if (index_get(ix, i, &m) < 0 || find_entry(ix, t, &m.uidl, &e) < 0)
		return -1;
	if (!e->one) /* its first, and enter_ids was not needed */
		*e = (struct id_entry){index_tag(m.uidl), i + 1, 1, 0};
	m.duplicate = choose_number(ix, before, &m.uidl, e->many);
	if (!m.duplicate && e->latest &&
	    number_after(ix, e->latest - 1, &m.duplicate) < 0)
		return -1;
	e->latest = i + 1;
	return m.duplicate ? index_put(ix, i, &m) : 0;
}

int duplicates_number(struct index *ix, uint32_t from,
                      const struct duplicates *before)
{
	uint32_t size = 16, i = ix->count - from;
	struct id_table t;
	int done = -1;

	if (i == 0)
		return 0;
	while (size / 2 < i)
		size *= 2;
	t.mask = size - 1;
	t.entry = calloc(size, sizeof(*t.entry));
	if (t.entry)
		done = 0;
	/* If nothing was before, number_message enters the ids as it goes. */
	if (done == 0 && (from > 0 || before->n || before->damaged) &&
	    (enter_ids(ix, &t, from) < 0 || look_up_numbered(ix, &t, from) < 0))
		done = -1;
	for (i = from; done == 0 && i < ix->count; i++)
		done = number_message(ix, &t, i, before);
	free(t.entry);
	return done;
}

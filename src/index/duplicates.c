#include <stdlib.h>

#include "index/duplicates.h"

#define SPACE_LEAST 16

/* One of the twins there were, in the order of unique-id and number. */
struct twin {
	struct uidl uidl;
	uint32_t number;
	/* In the first of those with its id: */
	uint32_t many;  /* of them */
	uint32_t taken; /* numbers */
};

/* A unique-id among those that are to be numbered. */
struct entry {
	uint64_t tag;
	uint32_t one;    /* a message that has it, from 1 on; 0: no entry */
	uint32_t many;   /* messages have it */
	uint32_t latest; /* the last that has been numbered; 0: none has */
};

struct table {
	uint32_t mask;
	struct entry *entry;
};

static int compare_ids(const struct uidl *a, const struct uidl *b)
{
	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	return 0;
}

static int compare_twins(const void *a, const void *b)
{
	const struct twin *x = a, *y = b;
	int order = compare_ids(&x->uidl, &y->uidl);

	return order ? order
	             : (x->number > y->number) - (x->number < y->number);
}

/* Returns false where there is no memory for another. */
static bool keep(struct duplicates *t, const struct mbox_message *m)
{
	struct twin *more = t->twin;

	/* Room for a power of two of them, at least SPACE_LEAST. */
	if (t->n == 0 || (t->n >= SPACE_LEAST && (t->n & (t->n - 1)) == 0))
		more = reallocarray(t->twin, t->n ? t->n * 2 : SPACE_LEAST,
		                    sizeof(*more));
	if (!more)
		return false;
	t->twin = more;
	t->twin[t->n++] = (struct twin){.uidl = m->uidl, .number = m->twin};
	return true;
}

/* They are in order: counts those with each id. */
static void count_twins(struct duplicates *t)
{
	struct twin *first = t->twin;
	size_t i;

	for (i = 0; i < t->n; i++) {
		if (compare_ids(&t->twin[i].uidl, &first->uidl) != 0)
			first = &t->twin[i];
		first->many++;
	}
}

/* Returns false where message i cannot be read, or kept. */
static bool find_twin(struct index *ix, uint32_t i, struct duplicates *t)
{
	struct mbox_message m;

	return index_get(ix, i, &m) == 0 && (!m.twin || keep(t, &m));
}

void duplicates_find(struct index *ix, struct duplicates *ret)
{
	uint32_t i;

	*ret = (struct duplicates){.damaged = ix->damaged};
	for (i = 0; i < ix->count; i++)
		if (!find_twin(ix, i, ret))
			ret->damaged = true;
	if (ret->n)
		qsort(ret->twin, ret->n, sizeof(*ret->twin), compare_twins);
	count_twins(ret);
}

void duplicates_free(struct duplicates *t)
{
	free(t->twin);
	*t = (struct duplicates){0};
}

/* The first twin there was with that id, or NULL. */
static struct twin *first_twin(const struct duplicates *were,
                               const struct uidl *id)
{
	size_t low = 0, high = were->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_ids(&were->twin[middle].uidl, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < were->n && compare_ids(&were->twin[low].uidl, id) == 0)
		return &were->twin[low];
	return NULL;
}

/*
 * The next number that one of the twins with that id had or, where there are
 * fewer of them now, a new one; 0 where none is left.
 */
static uint32_t take_number(const struct duplicates *were,
                            const struct uidl *id, uint32_t many)
{
	struct twin *first;
	uint32_t n;

	first = first_twin(were, id);
	if (!first || first->taken == first->many)
		return 0;
	n = first->taken++;
	if (many < first->many)
		return first[first->many - 1].number + 1 + n;
	return first[n].number;
}

/* 1: message i has the id; 0: it has not; -1 with errno. */
static int has_id(struct index *ix, uint32_t i, const struct uidl *id)
{
	struct mbox_message m;

	if (index_get(ix, i, &m) < 0)
		return -1;
	return compare_ids(&m.uidl, id) == 0;
}

/*
 * The entry of an id whose tag is known, or where it would be.  What is equal
 * by its tag is looked up.  Returns 0, or -1 with errno.
 */
static int find_entry(struct index *ix, const struct table *t,
                      const struct uidl *id, struct entry **ret)
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
static int enter_all(struct index *ix, const struct table *t, uint32_t from)
{
	struct mbox_message m;
	struct entry *e;
	uint32_t i;

	for (i = from; i < ix->count; i++) {
		if (index_get(ix, i, &m) < 0 ||
		    find_entry(ix, t, &m.uidl, &e) < 0)
			return -1;
		if (!e->one)
			*e = (struct entry){index_tag(m.uidl), i + 1, 0, 0};
		e->many++;
	}
	return 0;
}

/* May a group of messages have one of the ids?  -1 with errno. */
static int group_may_have(struct index *ix, const struct table *t,
                          uint32_t group)
{
	uint32_t slot;
	int may = 0;

	for (slot = 0; slot <= t->mask && may == 0; slot++)
		if (t->entry[slot].one)
			may = index_may_have(ix, group, t->entry[slot].tag);
	return may;
}

/* Notes which messages from one to another have one of the ids. */
static int look_up(struct index *ix, const struct table *t, uint32_t from,
                   uint32_t to)
{
	struct mbox_message m;
	struct entry *e;
	uint32_t i;

	for (i = from; i < to; i++) {
		if (index_get(ix, i, &m) < 0 ||
		    find_entry(ix, t, &m.uidl, &e) < 0)
			return -1;
		if (e->one)
			e->latest = i + 1;
	}
	return 0;
}

/* The same for the first n messages, which have been numbered. */
static int look_up_all(struct index *ix, const struct table *t, uint32_t n)
{
	uint32_t group;
	int may;

	for (group = 0; group < n; group += INDEX_GROUP) {
		may = group_may_have(ix, t, group);
		if (may == 0)
			continue;
		if (may < 0 ||
		    look_up(ix, t, group,
		            n - group < INDEX_GROUP ? n : group + INDEX_GROUP) <
		            0)
			return -1;
	}
	return 0;
}

/* Which ids do messages from that one on have, and which earlier ones? */
static int find_earlier(struct index *ix, const struct table *t, uint32_t from)
{
	return enter_all(ix, t, from) < 0 ? -1 : look_up_all(ix, t, from);
}

/* The number behind that of message i, which by this has a twin. */
static int number_behind(struct index *ix, uint32_t i, uint32_t *ret)
{
	struct mbox_message m;

	if (index_get(ix, i, &m) < 0)
		return -1;
	if (m.twin == 0) {
		m.twin = 1;
		if (index_put(ix, i, &m) < 0)
			return -1;
	}
	*ret = m.twin + 1;
	return 0;
}

/*
 * A number for a message that is one of many with its id: that which one of
 * them had, or a new one; 0: who was before it tells.
 */
static uint32_t known_number(const struct index *ix,
                             const struct duplicates *were,
                             const struct uidl *id, uint32_t many)
{
	if (!were->damaged)
		return take_number(were, id, many);
	return many > 1 || first_twin(were, id) ? ix->twin + 1 : 0;
}

static int number(struct index *ix, const struct table *t, uint32_t i,
                  const struct duplicates *were)
{
	struct mbox_message m;
	struct entry *e;

	if (index_get(ix, i, &m) < 0 || find_entry(ix, t, &m.uidl, &e) < 0)
		return -1;
	if (!e->one) /* its first, and enter_all was not called for */
		*e = (struct entry){index_tag(m.uidl), i + 1, 1, 0};
	m.twin = known_number(ix, were, &m.uidl, e->many);
	if (!m.twin && e->latest &&
	    number_behind(ix, e->latest - 1, &m.twin) < 0)
		return -1;
	e->latest = i + 1;
	return m.twin ? index_put(ix, i, &m) : 0;
}

static int number_all(struct index *ix, const struct table *t, uint32_t from,
                      const struct duplicates *were)
{
	uint32_t i;

	for (i = from; i < ix->count; i++)
		if (number(ix, t, i, were) < 0)
			return -1;
	return 0;
}

int duplicates_number(struct index *ix, uint32_t from,
                      const struct duplicates *were)
{
	uint32_t size = 16, i = ix->count - from;
	struct table t;
	int done = -1;

	if (i == 0)
		return 0;
	while (size / 2 < i)
		size *= 2;
	t.mask = size - 1;
	t.entry = calloc(size, sizeof(*t.entry));
	/* Where nothing was before, entering them by the way will do. */
	if (t.entry)
		done = from > 0 || were->n || were->damaged
		               ? find_earlier(ix, &t, from)
		               : 0;
	if (done == 0)
		done = number_all(ix, &t, from, were);
	free(t.entry);
	return done;
}

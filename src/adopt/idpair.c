/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <stdlib.h>

#include "adopt/idpair.h"

#include "adopt/idlist.h"

/* A message with a key, of the mailbox or of the list. */
struct keyed {
	struct headerkey key;
	uint32_t place;
};

/* By key, then by place. */
static int compare_keyed(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	const int order = headerkey_compare(&x->key, &y->key);

	return order ? order : (x->place > y->place) - (x->place < y->place);
}

/* Returns how many at p, of n, have the same key. */
static size_t count_same(const struct keyed *p, size_t n)
{
	size_t i = 0;

	while (i < n && headerkey_compare(&p[i].key, &p[0].key) == 0)
		i++;
	return i;
}

/*
 * Of both, those with one key: n messages, and those of the list, which may be
 * none.
 */
static void pair_same(const struct keyed *messages, size_t n,
                      const struct keyed *listed, size_t listed_n,
                      uint32_t *ret)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (listed_n == 0)
			ret[messages[i].place] = IDPAIR_ALONE;
		else if (listed_n != n)
			ret[messages[i].place] = IDPAIR_DOUBTFUL;
		else
			ret[messages[i].place] = listed[i].place;
	}
}

/* Both are sorted. */
static void pair_sorted(const struct keyed *messages, size_t n,
                        const struct keyed *listed, size_t listed_n,
                        uint32_t *ret)
{
	size_t same, listed_same;

	for (; n > 0; messages += same, n -= same) {
		while (listed_n > 0 &&
		       headerkey_compare(&listed->key, &messages->key) < 0) {
			listed++;
			listed_n--;
		}
		same = count_same(messages, n);
		listed_same = 0;
		if (listed_n > 0 &&
		    headerkey_compare(&listed->key, &messages->key) == 0)
			listed_same = count_same(listed, listed_n);
		pair_same(messages, same, listed, listed_same, ret);
	}
}

static int pair_keys(const struct idlist *l, const struct headerkey *keys,
                     uint32_t n, uint32_t *ret)
{
	struct keyed *messages = malloc((n + (size_t)1) * sizeof(*messages));
	struct keyed *listed = malloc((l->n + 1) * sizeof(*listed));
	size_t k = 0, listed_k = 0;
	uint32_t i;

	if (messages && listed) {
		for (i = 0; i < n; i++)
			if (keys[i].some)
				messages[k++] = (struct keyed){keys[i], i};
			else
				ret[i] = IDPAIR_KEYLESS;
		for (i = 0; i < l->n; i++)
			if (l->entries[i].key.some)
				listed[listed_k++] =
					(struct keyed){l->entries[i].key, i};
		qsort(messages, k, sizeof(*messages), compare_keyed);
		qsort(listed, listed_k, sizeof(*listed), compare_keyed);
		pair_sorted(messages, k, listed, listed_k, ret);
	}
	free(messages);
	free(listed);
	return messages && listed ? 0 : -1;
}

int idpair_make(const struct idlist *l, const struct headerkey *keys,
                uint32_t n, uint32_t *ret)
{
	uint32_t i;

	if (l->kind != HEADERKEY_NONE)
		return pair_keys(l, keys, n, ret);
	for (i = 0; i < n; i++)
		ret[i] = l->n == n ? i : IDPAIR_DOUBTFUL;
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "index/places.h"

#define PLACES_LEAST 64 /* that there is space for */

static int grow_places(struct places *p, uint32_t n)
{
	uint32_t space = p->space > PLACES_LEAST ? p->space : PLACES_LEAST;
	uint8_t *use;

	if (n > PLACES_MOST) {
		errno = EFBIG;
		return -1;
	}
	if (n <= p->space)
		return 0;
	while (space < n)
		space *= 2;
	use = realloc(p->use, space);
	if (!use)
		return -1;
	memset(use + p->space, 0, space - p->space);
	p->use = use;
	p->space = space;
	return 0;
}

int places_clear(struct places *p, uint32_t n)
{
	if (p->use)
		memset(p->use, 0, p->space);
	p->from = 1;
	return grow_places(p, n);
}

uint32_t places_take(struct places *p, uint32_t n, enum places_use use)
{
	uint32_t i = p->from ? p->from : 1, run = 0;

	for (; i < p->space && run < n; i++)
		run = p->use[i] ? 0 : run + 1;
	i -= run;
	if (grow_places(p, i + n) < 0)
		return 0;
	places_use(p, i, n, use);
	if (n == 1)
		p->from = i + 1;
	return i;
}

void places_use(struct places *p, uint32_t place, uint32_t n,
                enum places_use use)
{
	for (; n > 0; n--)
		p->use[place++] |= (uint8_t)use;
}

void places_leave(struct places *p, uint32_t place, enum places_use use)
{
	p->use[place] &= (uint8_t)~use;
	if (place < p->from && p->use[place] == 0)
		p->from = place;
}

bool places_is_kept(const struct places *p, uint32_t place)
{
	return p->use[place] & PLACES_KEPT;
}

void places_free(struct places *p)
{
	free(p->use);
	*p = (struct places){0};
}

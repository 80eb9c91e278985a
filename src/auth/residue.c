/* SPDX-License-Identifier: ISC */
#include <malloc.h>
#include <shadow.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/residue.h"
#include "auth/shadowfile.h"

/* glibc caches freed memory (tcache): so many chunks of each size. */
#define CACHED_CHUNKS 7
#define CACHED_MAX    1032                 /* octets of the largest size */
#define CACHED_STEP   (2 * sizeof(size_t)) /* between two sizes */

void residue_begin(void)
{
	(void)mallopt(M_PERTURB, 0xff);
}

struct chunk {
	struct chunk *next;
};

/*
 * Allocates the cached chunks of a size, wipes them and puts them before the
 * list.  Returns the new list.  A cached chunk counts as allocated already: if
 * that figure grows, the cache of that size is empty.
 */
static struct chunk *wipe_chunks(size_t size, struct chunk *list)
{
	const size_t before = mallinfo2().uordblks;
	struct chunk *p;
	int i;

	for (i = 0; i < CACHED_CHUNKS; i++) {
		p = malloc(size);
		if (!p)
			break;
		if (mallinfo2().uordblks != before) {
			free(p);
			break;
		}
		explicit_bzero(p, size);
		p->next = list;
		list = p;
	}
	return list;
}

/* M_PERTURB does not wipe the chunks in malloc's cache. */
static void wipe_cache(void)
{
	struct chunk *list = NULL, *p;
	size_t size;

	for (size = CACHED_STEP + sizeof(size_t); size <= CACHED_MAX;
	     size += CACHED_STEP)
		list = wipe_chunks(size, list);
	while ((p = list)) {
		list = p->next;
		free(p);
	}
}

/*
 * Only getspnam itself tells where its buffer is, so it is asked once more.
 * Behind the user's line is the rest of longer lines of other users.
 */
static void wipe_shadow(const char *user)
{
	struct shadowfile_line line;
	struct spwd entry, *sp = NULL;

	if (shadowfile_find(user, &entry, &line) == 0)
		sp = getspnam(user);
	explicit_bzero(&line, sizeof(line));
	/* All of it, if it is a line of the file in memory of its own. */
	if (sp && sp->sp_pwdp == sp->sp_namp + strlen(sp->sp_namp) + 1 &&
	    (uintptr_t)sp->sp_namp % CACHED_STEP == 0)
		explicit_bzero(sp->sp_namp, malloc_usable_size(sp->sp_namp));
	else if (sp && sp->sp_pwdp)
		explicit_bzero(sp->sp_pwdp, strlen(sp->sp_pwdp));
}

void residue_wipe(const char *user)
{
	wipe_shadow(user);
	wipe_cache();
	(void)malloc_trim(0);
	(void)mallopt(M_PERTURB, 0);
}

#include <malloc.h>
#include <shadow.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/residue.h"
#include "auth/shadowfile.h"

/* glibc keeps so many freed pieces of each size for the next malloc. */
#define CACHED      7
#define CACHED_MOST 1032 /* octets of the largest */
#define STEP        (2 * sizeof(size_t))

void residue_begin(void)
{
	(void)mallopt(M_PERTURB, 0xff);
}

struct piece {
	struct piece *next;
};

/*
 * Takes the cached pieces of a size, and wipes them.  They count as allocated
 * already: once that figure grows, the cache of that size is empty.
 */
static struct piece *take_cached(size_t size, struct piece *all)
{
	const size_t before = mallinfo2().uordblks;
	struct piece *p;
	int i;

	for (i = 0; i < CACHED; i++) {
		p = malloc(size);
		if (!p)
			break;
		if (mallinfo2().uordblks != before) {
			free(p);
			break;
		}
		explicit_bzero(p, size);
		p->next = all;
		all = p;
	}
	return all;
}

/* M_PERTURB passes over the pieces in malloc's cache. */
static void wipe_cached(void)
{
	struct piece *all = NULL, *p;
	size_t size;

	for (size = STEP + sizeof(size_t); size <= CACHED_MOST; size += STEP)
		all = take_cached(size, all);
	while ((p = all)) {
		all = p->next;
		free(p);
	}
}

/*
 * Does the entry lie there as its line lay in the file, at the start of memory
 * that was allocated for it?
 */
static bool is_whole_line(const struct spwd *sp)
{
	return sp->sp_pwdp == sp->sp_namp + strlen(sp->sp_namp) + 1 &&
	       (uintptr_t)sp->sp_namp % STEP == 0;
}

/*
 * getspnam's buffer is nobody else's to reach: asking it once more shows where
 * it is.  Behind the line is the rest of longer ones, of other users.
 */
static void wipe_shadow(const char *user)
{
	struct shadowfile_line line;
	struct spwd entry, *sp = NULL;

	if (shadowfile_find(user, &entry, &line) == 0)
		sp = getspnam(user);
	explicit_bzero(&line, sizeof(line));
	if (sp && is_whole_line(sp))
		explicit_bzero(sp->sp_namp, malloc_usable_size(sp->sp_namp));
	else if (sp && sp->sp_pwdp)
		explicit_bzero(sp->sp_pwdp, strlen(sp->sp_pwdp));
}

void residue_wipe(const char *user)
{
	wipe_shadow(user);
	wipe_cached();
	(void)malloc_trim(0);
	(void)mallopt(M_PERTURB, 0);
}

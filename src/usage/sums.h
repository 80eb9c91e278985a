/* SPDX-License-Identifier: ISC */
/* The sums of onepopctl report: adds up lines of the log, in any order. */
#ifndef ONEPOP_SUMS_H
#define ONEPOP_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "usage/logline.h"

#define SUMS_ROWS  10000 /* of a table; what would need more is in others */
#define SUMS_HOURS 24

/* Text is cut where it is longer.  It is printable ASCII. */
struct sums_row {
	char who[65]; /* account or address */
	char reason[81];
	uint64_t count;
	int64_t last; /* seconds since 1970; 0: nothing was counted */

	/* Of users only */
	char address[47], tls[16]; /* of the last login */
	uint64_t messages, octets; /* sent after RETR */
};

/* No two rows have the same who and reason. */
struct sums_table {
	struct sums_row *rows[SUMS_ROWS];
	size_t n;
	uint64_t others; /* lines that have no row */
	void *tree;      /* its own */
};

struct sums {
	struct sums_table users;    /* who: account; counts logins */
	struct sums_table failures; /* who: address; no login */
	struct sums_table ends;     /* who: account; sessions without QUIT */
	struct sums_table errors;   /* who: account, or "-"; of the mailbox */
	/* Of each hour of the day, in local time */
	uint64_t logins[SUMS_HOURS], failed[SUMS_HOURS];
	uint64_t lines; /* that were added */
};

/*
 * Is it a line that is added up, and, unless only is NULL, of that user?  only
 * is a login name or an account.
 */
bool sums_take(const struct logline *l, const char *only);

/*
 * Adds a line of that time, which sums_take takes, to sums, which are all zero
 * at first.
 */
void sums_add(struct sums *s, const struct logline *l, int64_t time);

/* Frees the rows. */
void sums_free(struct sums *s);

#endif

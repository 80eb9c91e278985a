/* SPDX-License-Identifier: ISC */
/*
 * Prints the sums: for people tables of 80 columns; for programs one JSON
 * document, as onepopctl(8) says.
 */
#ifndef ONEPOP_SUMSPRINT_H
#define ONEPOP_SUMSPRINT_H

#include <stdint.h>

#include "usage/sums.h"

/* What was read. */
struct sumsprint {
	int64_t since, until; /* seconds since 1970 */
	uint64_t untrusted;   /* lines that others than onepop sent */
	const char *stopped;  /* why not all was read; or NULL */
};

/* Sorts the rows, and prints. */
void sumsprint_text(const struct sumsprint *p, struct sums *s);
void sumsprint_json(const struct sumsprint *p, struct sums *s);

#endif

/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "update/sessions.h"

#include "base/statefile.h"

#define FILE_NAME   "sessions"
#define UNIT_DIGITS 32   /* of an invocation */
#define BUCKET      4096 /* octets: all places that an invocation can have */

struct entry {
	int64_t when; /* seconds since 1970 */
	char unit[UNIT_DIGITS + 1];
	char name[STATENAME_SIZE];
};

#define ENTRIES (BUCKET / sizeof(struct entry))

/* The places that an invocation can have, as they are in the file. */
struct bucket {
	int fd;
	off_t at;
	struct entry entry[ENTRIES];
};

/* The first two digits, which are random, choose the bucket. */
static off_t bucket_of(const char *unit)
{
	const char digits[] = {unit[0], unit[1], '\0'};

	return (off_t)strtol(digits, NULL, 16) * BUCKET;
}

static int open_table(const char *run_dir)
{
	struct stat st;
	int dir, fd;

	dir = statefile_directory(run_dir);
	if (dir < 0)
		return -1;
	fd = statefile_open(dir, FILE_NAME, &st);
	(void)close(dir);
	return fd;
}

/* What is not in the file is read as zeros.  Returns 0 or -1. */
static int open_bucket(struct bucket *b, const char *run_dir, const char *unit)
{
	memset(b, 0, sizeof(*b));
	b->fd = open_table(run_dir);
	if (b->fd < 0)
		return -1;
	b->at = bucket_of(unit);
	return pread(b->fd, b->entry, sizeof(b->entry), b->at) < 0 ? -1 : 0;
}

static void close_bucket(const struct bucket *b)
{
	if (b->fd >= 0)
		(void)close(b->fd);
}

static bool is_entry_of(const struct entry *e, const char *unit)
{
	return memcmp(e->unit, unit, UNIT_DIGITS) == 0;
}

/* Returns the invocation's own entry, if it has one, or the oldest. */
static size_t choose_entry(const struct bucket *b, const char *unit)
{
	size_t i, oldest = 0;

	for (i = 0; i < ENTRIES; i++) {
		if (is_entry_of(&b->entry[i], unit))
			return i;
		if (b->entry[i].when < b->entry[oldest].when)
			oldest = i;
	}
	return oldest;
}

int sessions_note(const char *run_dir, const char *unit, const char *name)
{
	struct entry e = {.when = time(NULL)};
	ssize_t put = -1;
	struct bucket b;
	size_t i;

	if (open_bucket(&b, run_dir, unit) == 0) {
		memcpy(e.unit, unit, UNIT_DIGITS);
		(void)snprintf(e.name, sizeof(e.name), "%s", name);
		i = choose_entry(&b, unit);
		put = pwrite(b.fd, &e, sizeof(e),
		             b.at + (off_t)(i * sizeof(e)));
	}
	close_bucket(&b);
	return put == (ssize_t)sizeof(e) ? 0 : -1;
}

int sessions_find(const char *run_dir, const char *unit,
                  char name[static STATENAME_SIZE])
{
	const struct entry *e = NULL;
	struct bucket b;

	if (open_bucket(&b, run_dir, unit) == 0)
		e = &b.entry[choose_entry(&b, unit)];
	close_bucket(&b);
	if (!e || !is_entry_of(e, unit))
		return -1;
	(void)snprintf(name, STATENAME_SIZE, "%.*s", STATENAME_SIZE - 1,
	               e->name);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * What does the journal cost?  update DIRECTORY [MEGABYTES [RUNS]] takes
 * every second message out of a mailbox, by update_remove and by a plain
 * shift in place with one fsync, in turn, and prints medians as a row of a
 * table: seconds of both, syncs, seconds of one 4 KiB fdatasync here, and
 * the ratio less the extra syncs.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fileio.h"
#include "update/journal.h"
#include "update/update.h"

#define MESSAGE  10240
#define RUNS_MAX 99

static unsigned int syncs;

static int count_fdatasync(int fd)
{
	syncs++;
	return fdatasync(fd);
}

static int count_fsync(int fd)
{
	syncs++;
	return fsync(fd);
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), by_size);
	return v[n / 2];
}

static void check(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

/* A new mailbox of n messages, on the disk. */
static int make_mailbox(int dir, const char *name, int n)
{
	static char message[MESSAGE];
	int fd, i;

	memset(message, 'x', sizeof(message));
	memcpy(message, "From a@b Thu Jan  2 03:04:05 2020\n\n", 35);
	memcpy(message + MESSAGE - 2, "\n\n", 2);
	fd = openat(dir, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	check(fd >= 0, name);
	for (i = 0; i < n; i++)
		check(write(fd, message, MESSAGE) == MESSAGE, name);
	check(fsync(fd) == 0, name);
	return fd;
}

/* The floor: everything moves down, one fsync. */
static void shift(int fd, int n)
{
	static char buf[1 << 20];
	off_t to = 0, from;
	int i;

	for (i = 1; i < n; i += 2, to += MESSAGE) {
		from = (off_t)i * MESSAGE;
		check(pread(fd, buf, MESSAGE, from) == MESSAGE, "pread");
		check(pwrite(fd, buf, MESSAGE, to) == MESSAGE, "pwrite");
	}
	check(ftruncate(fd, to) == 0 && fsync(fd) == 0, "fsync");
}

static void update(int fd, struct journal *j, int n)
{
	struct range *gone;
	size_t i, count = (size_t)n / 2;

	gone = calloc(count, sizeof(*gone));
	check(gone != NULL, "calloc");
	for (i = 0; i < count; i++) {
		gone[i].start = (off_t)(2 * i) * MESSAGE;
		gone[i].end = gone[i].start + MESSAGE;
	}
	check(record_idle(j), "the journal");
	check(update_remove(j, fd, gone, count, (off_t)n * MESSAGE) == 0,
	      "update");
	free(gone);
}

static double one_sync(int dir)
{
	static char block[4096];
	double t[21], start;
	int fd, i;

	fd = openat(dir, "sync", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	check(fd >= 0, "sync");
	check(pwrite(fd, block, sizeof(block), 0) == 4096, "sync");
	check(fsync(fd) == 0, "sync");
	for (i = 0; i < 21; i++) {
		block[0]++;
		start = now();
		check(pwrite(fd, block, sizeof(block), 0) == 4096, "sync");
		check(fdatasync(fd) == 0, "sync");
		t[i] = now() - start;
	}
	(void)close(fd);
	return median(t, 21);
}

int main(int argc, char **argv)
{
	double plain[RUNS_MAX], ours[RUNS_MAX], start, p, o, sync;
	int megabytes = argc > 2 ? atoi(argv[2]) : 100;
	int runs = argc > 3 ? atoi(argv[3]) : 5;
	int n = megabytes * 100, dir, fd, i;
	struct journal j;

	check(argc > 1 && runs > 0 && runs <= RUNS_MAX, "usage");
	dir = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(dir >= 0, argv[1]);
	fileio.fdatasync = count_fdatasync;
	fileio.fsync = count_fsync;
	for (i = 0; i < runs; i++) {
		fd = make_mailbox(dir, "mailbox", n);
		start = now();
		shift(fd, n);
		plain[i] = now() - start;
		(void)close(fd);
		fd = make_mailbox(dir, "mailbox", n);
		check(journal_open(&j, dir, "mailbox", deadline_now()) == 0,
		      "journal");
		check(record_prepare(&j) == 0, "journal");
		syncs = 0;
		start = now();
		update(fd, &j, n);
		ours[i] = now() - start;
		journal_close(&j);
		(void)close(fd);
	}
	sync = one_sync(dir);
	p = median(plain, runs);
	o = median(ours, runs);
	printf("| %d MB, every second of %d messages | %.3f | %.3f | %u | "
	       "%.4f | %.2f |\n",
	       megabytes, n, p, o, syncs, sync, (o - (syncs - 1) * sync) / p);
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fileio.h"
#include "base/statefile.h"
#include "base/statename.h"
#include "update/journal.h"

/* Milliseconds between two tries, which double up to the second. */
#define JOURNAL_PAUSE      25
#define JOURNAL_PAUSE_MOST 200

/* The mark of a journal that was set aside: the last octets of its slots. */
#define ASIDE    "setaside"
#define ASIDE_AT (2 * JOURNAL_SLOT - 8)

void journal_close(struct journal *j)
{
	int saved = errno;

	if (j->fd >= 0)
		(void)close(j->fd);
	j->fd = -1;
	errno = saved;
}

/*
 * Tries again and again.  A flock that waits could not be ended in time: on
 * GFS2 no signal interrupts it.
 */
static int wait_for_lock(int fd, deadline_t until)
{
	deadline_t pause = JOURNAL_PAUSE;

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK || deadline_left(until) == 0)
			return -1;
		deadline_sleep_until(deadline_now() + pause);
		if (pause < JOURNAL_PAUSE_MOST)
			pause *= 2;
	}
	return 0;
}

/*
 * Was the file renamed or removed before we had its lock?  If not, sets *st to
 * what the file is now.
 */
static bool was_replaced(int dir, const char *file, struct stat *st)
{
	ino_t ours = st->st_ino;

	return fstatat(dir, file, st, AT_SYMLINK_NOFOLLOW) < 0 ||
	       st->st_ino != ours;
}

bool journal_is_aside(int fd)
{
	char mark[8];

	return fileio_pread(fd, mark, 8, ASIDE_AT) == 8 &&
	       memcmp(mark, ASIDE, 8) == 0;
}

/* Returns 0; 1 if it must be done again; or -1 with errno. */
static int open_and_lock(struct journal *j, int dir, const char *file,
                         deadline_t until)
{
	struct stat st;

	j->fd = statefile_open(dir, file, &st);
	if (j->fd < 0)
		return -1;
	/* A new file must still be there after a power cut. */
	if ((st.st_size == 0 && fsync(dir) < 0) ||
	    wait_for_lock(j->fd, until) < 0) {
		journal_close(j);
		return -1;
	}
	if (was_replaced(dir, file, &st)) {
		journal_close(j);
		return 1;
	}
	j->size = st.st_size;
	j->aside = journal_is_aside(j->fd);
	return 0;
}

int journal_open(struct journal *j, int state_dir, const char *name,
                 deadline_t until)
{
	char file[NAME_MAX + 1];
	int again;

	memset(j, 0, sizeof(*j));
	j->fd = -1;
	statename_make(file, name, strlen(name), STATENAME_JOURNAL);
	do
		again = open_and_lock(j, state_dir, file, until);
	while (again > 0);
	return again;
}

void journal_set_aside(struct journal *j)
{
	j->aside = true;
	(void)fileio_pwrite(j->fd, ASIDE, sizeof(ASIDE) - 1, ASIDE_AT);
	(void)fileio_fdatasync(j->fd);
}

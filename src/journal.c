#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "calls.h"
#include "journal.h"

#define JOURNAL_PAUSE 25 /* milliseconds between tries for the lock */

/* A regular file of ours that has no other name. */
static int check(int fd)
{
	struct stat st;

	if (calls.fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    st.st_nlink != 1) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

int journal_open(const char *state_dir, const char *name)
{
	char file[NAME_MAX + 1];
	int dir, fd, saved;

	(void)snprintf(file, sizeof(file), "%s.journal", name);
	dir = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -1;
	fd = openat(dir, file,
	            O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
	            0600);
	saved = errno;
	(void)close(dir);
	errno = saved;
	if (fd >= 0 && check(fd) < 0) {
		saved = errno;
		(void)close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

int journal_lock(int journal, deadline_t until)
{
	while (flock(journal, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK || deadline_left(until) == 0)
			return -1;
		deadline_sleep_until(deadline_now() + JOURNAL_PAUSE);
	}
	return 0;
}

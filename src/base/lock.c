/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fileio.h"
#include "base/lock.h"

/* Milliseconds between tries: F_OFD_SETLKW would wait without a limit. */
#define LOCK_PAUSE 25

static int try_lock(int fd, short type)
{
	struct flock l;

	memset(&l, 0, sizeof(l));
	l.l_type = type;
	l.l_whence = SEEK_SET;
	return fileio_lock(fd, &l);
}

int lock_file(int fd, enum lock_kind kind, deadline_t until)
{
	short type = kind == LOCK_SHARED ? F_RDLCK : F_WRLCK;

	while (try_lock(fd, type) < 0) {
		if (errno == EINTR)
			continue;
		if (errno == EACCES)
			errno = EAGAIN; /* POSIX lets a held lock be either */
		if (errno != EAGAIN || deadline_left(until) == 0)
			return -1;
		deadline_sleep_until(deadline_now() + LOCK_PAUSE);
	}
	return 0;
}

void unlock_file(int fd)
{
	int saved = errno;

	(void)try_lock(fd, F_UNLCK);
	errno = saved;
}

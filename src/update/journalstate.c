/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "update/journalstate.h"

#include "base/fileio.h"
#include "base/statefile.h"
#include "update/journal.h"
#include "update/record.h"

/* Returns false with errno if no session would take the file. */
static bool check_owner(int fd)
{
	struct stat st;

	if (fileio_fstat(fd, &st) < 0)
		return false;
	errno = EPERM;
	return statefile_is_ours(&st);
}

/* Its lock is shared: two looks do not take each other for a session. */
static enum journalstate look_with_lock(int fd)
{
	struct journal j;

	if (flock(fd, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? JOURNALSTATE_IN_USE
		                            : JOURNALSTATE_BAD;
	memset(&j, 0, sizeof(j));
	j.fd = fd;
	if (journal_is_aside(fd))
		return JOURNALSTATE_ASIDE;
	return record_idle(&j) ? JOURNALSTATE_IDLE : JOURNALSTATE_PENDING;
}

enum journalstate journalstate_look(int state_dir, const char *file)
{
	enum journalstate found = JOURNALSTATE_BAD;
	int fd, saved;

	fd = openat(state_dir, file,
	            O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? JOURNALSTATE_NONE : JOURNALSTATE_BAD;
	if (check_owner(fd))
		found = look_with_lock(fd);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return found;
}

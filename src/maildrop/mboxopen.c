/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/fileio.h"
#include "base/walk.h"
#include "maildrop/mboxfile.h"
#include "maildrop/mboxopen.h"

#define DOTLOCK_STALE 300  /* seconds: an older one was left behind */
#define DOTLOCK_PAUSE 100  /* milliseconds between two looks */
#define DOTLOCK_MOST  128  /* octets: a process ID and a host's name fit */
#define SYSTEM_UIDS   1000 /* accounts of the system have lower numbers */

static enum mbox_status mark_unsafe(struct mbox *m, const char *problem)
{
	m->problem = problem;
	return MBOX_UNSAFE;
}

/* Says why walk_directory failed; a missing directory is an empty mailbox. */
static enum mbox_status refuse_directory(struct mbox *m)
{
	switch (errno) {
	case ENOENT:
		return MBOX_OK;
	case ELOOP:
	case EXDEV:
		return mark_unsafe(m, "a symbolic link is in its path");
	case EACCES:
		return mark_unsafe(m, "its owner may not search its directory");
	default:
		return MBOX_ERROR;
	}
}

/*
 * Says why openat failed with EACCES or EPERM.  EPERM is about O_NOATIME,
 * which only the owner may use, or about the file's attributes.
 */
static enum mbox_status refuse_permission(struct mbox *m, int dir,
                                          const char *name, uid_t uid)
{
	const bool attributes = errno == EPERM;
	struct stat st;
	bool found;

	found = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (!found && !attributes)
		return mark_unsafe(m, "its owner may not search its directory");
	if (!found || st.st_uid != uid)
		return mark_unsafe(m, "it belongs to another user");
	return mark_unsafe(m, attributes ? "it is immutable or may only be "
	                                   "appended to: see lsattr"
	                                 : "its owner may not read and "
	                                   "write it");
}

/* Says why openat failed; a missing file is an empty mailbox. */
static enum mbox_status refuse_file(struct mbox *m, int dir, const char *name,
                                    uid_t uid)
{
	switch (errno) {
	case ENOENT:
		return MBOX_OK;
	case ELOOP:
		return mark_unsafe(m, "it is a symbolic link");
	case EISDIR:
	case ENXIO:
		return mark_unsafe(m, "it is not a regular file");
	case EWOULDBLOCK:
		m->problem = "another program has a lease on it";
		return MBOX_BUSY;
	case EACCES:
	case EPERM:
		return refuse_permission(m, dir, name, uid);
	default:
		return MBOX_ERROR;
	}
}

/* On a network file system neither locks nor writes can be trusted. */
static bool is_network(const struct statfs *fs)
{
	switch ((uint32_t)fs->f_type) {
	case NFS_SUPER_MAGIC:
	case SMB_SUPER_MAGIC:
	case CIFS_SUPER_MAGIC:
	case SMB2_SUPER_MAGIC:
	case V9FS_MAGIC:
		return true;
	default:
		return false;
	}
}

/* Examines the file that was opened: no path is looked up again. */
static enum mbox_status examine_file(struct mbox *m, uid_t uid)
{
	struct statfs fs;
	struct stat st;

	if (fileio_fstat(m->fd, &st) < 0)
		return MBOX_ERROR;
	if (!S_ISREG(st.st_mode))
		return mark_unsafe(m, "it is not a regular file");
	if (st.st_uid != uid)
		return mark_unsafe(m, "it belongs to another user");
	if (st.st_nlink != 1)
		return mark_unsafe(m, "it has more than one link");
	if (fileio_fstatfs(m->fd, &fs) < 0)
		return MBOX_ERROR;
	if (is_network(&fs) && !m->network)
		return mark_unsafe(m, "it is on a network file system");
	return MBOX_OK;
}

/*
 * Does another program hold the lock file NAME.lock?  The mailbox of a user
 * whose name ends in .lock is no lock file: a lock file holds nothing, or a
 * process ID, or that and a host's name, and belongs to the system or to the
 * mailbox's owner.  A program whose lock file is old has died; a lock file
 * from the future is left from a time when the clock was wrong.
 */
static bool is_dotlocked(int dir, const char *name, uid_t owner)
{
	char lock[PATH_MAX];
	struct stat st;
	time_t age;

	if (snprintf(lock, sizeof(lock), "%s.lock", name) >= (int)sizeof(lock))
		return false;
	if (fstatat(dir, lock, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(st.st_mode) || st.st_size > DOTLOCK_MOST ||
	    (st.st_uid != owner && st.st_uid >= SYSTEM_UIDS))
		return false;
	age = time(NULL) - st.st_mtime;
	return age > -DOTLOCK_STALE && age < DOTLOCK_STALE;
}

static enum mbox_status open_file(struct mbox *m, int dir, const char *name,
                                  uid_t uid)
{
	enum mbox_status status;

	m->fd = openat(dir, name,
	               O_RDWR | O_NOATIME | O_NOFOLLOW | O_NONBLOCK |
	                       O_CLOEXEC);
	if (m->fd < 0)
		return refuse_file(m, dir, name, uid);
	fileio_read_ahead(m->fd);
	status = examine_file(m, uid);
	if (status != MBOX_OK)
		return status;
	while (is_dotlocked(dir, name, uid)) {
		if (deadline_left(m->until) == 0) {
			m->problem = "it is locked by a .lock file beside it";
			return MBOX_BUSY;
		}
		deadline_sleep_until(deadline_now() + DOTLOCK_PAUSE);
	}
	return MBOX_OK;
}

enum mbox_status mbox_open(struct mbox *m, int dir, const char *path, uid_t uid)
{
	enum mbox_status status;
	int last, error;

	m->until = deadline_in(m->lock_timeout);
	last = walk_directory(dir, path);
	if (last < 0)
		return refuse_directory(m);
	status = open_file(m, last, walk_name(path), uid);
	error = errno;
	if (last != dir)
		(void)close(last);
	errno = error;
	return status;
}

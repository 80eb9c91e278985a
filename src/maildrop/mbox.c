#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/bitmap.h"
#include "base/deadline.h"
#include "base/digest.h"
#include "base/fileio.h"
#include "base/filetime.h"
#include "base/lock.h"
#include "base/statename.h"
#include "base/walk.h"
#include "index/mboxrange.h"
#include "index/sync.h"
#include "maildrop/mbox.h"
#include "update/update.h"

#define WINDOW        (128 << 10)
#define END           (WINDOW / 2) /* octets of a long header, at each end */
#define LEAST         (16 << 10)
#define BETWEEN       16   /* octets, more than a blank line has */
#define DOTLOCK_STALE 300  /* seconds: what is older has been left behind */
#define DOTLOCK_PAUSE 100  /* milliseconds between looks */
#define DOTLOCK_MOST  128  /* octets of one, a host's name among them */
#define SYSTEM_UIDS   1000 /* below are accounts of the system, no users */

const char *mbox_reason(const struct mbox *m, enum mbox_status status)
{
	switch (status) {
	case MBOX_OK:
		return NULL;
	case MBOX_BUSY:
		return m->what ? m->what : "locked by another program";
	case MBOX_CHANGED:
		return "changed by another program";
	case MBOX_NOT_MBOX:
	case MBOX_UNSAFE:
		return m->what;
	default:
		return strerrordesc_np(errno);
	}
}

const char *mbox_failed(const struct mbox *m, const struct journal *j)
{
	int fd = fileio_failure().fd;

	if (fd >= 0 && fd == j->fd)
		return STATENAME_JOURNAL;
	if (fd >= 0 && fd == m->index.blocks.fd)
		return STATENAME_INDEX;
	return NULL;
}

static enum mbox_status unsafe(struct mbox *m, const char *what)
{
	m->what = what;
	return MBOX_UNSAFE;
}

/* Its mode or that of a directory does not let us in, or it is not ours. */
static enum mbox_status no_access(struct mbox *m, int dir, const char *path,
                                  uid_t uid)
{
	struct stat st;

	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return unsafe(m, "its owner may not search its directory");
	if (st.st_uid != uid)
		return unsafe(m, "it belongs to another user");
	return unsafe(m, "its owner may not read and write it");
}

/* O_NOATIME is for the owner only, who may not write all files either. */
static enum mbox_status no_permission(struct mbox *m, int dir, const char *path,
                                      uid_t uid)
{
	struct stat st;

	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_uid == uid)
		return unsafe(m, "it is immutable or may only be appended to: "
		                 "see lsattr");
	return unsafe(m, "it belongs to another user");
}

/* Why the mailbox's directory could not be reached. */
static enum mbox_status walk_error(struct mbox *m)
{
	switch (errno) {
	case ENOENT:
		return MBOX_OK;
	case ELOOP:
	case EXDEV:
		return unsafe(m, "a symbolic link is in its path");
	case EACCES:
		return unsafe(m, "its owner may not search its directory");
	default:
		return MBOX_ERROR;
	}
}

/* Why the mailbox could not be opened. */
static enum mbox_status open_error(struct mbox *m, int dir, const char *path,
                                   uid_t uid)
{
	switch (errno) {
	case ENOENT:
		return MBOX_OK;
	case ELOOP:
		return unsafe(m, "a symbolic link");
	case EISDIR:
	case ENXIO:
		return unsafe(m, "not a regular file");
	case EWOULDBLOCK:
		m->what = "another program has a lease on it";
		return MBOX_BUSY;
	case EACCES:
		return no_access(m, dir, path, uid);
	case EPERM:
		return no_permission(m, dir, path, uid);
	default:
		return MBOX_ERROR;
	}
}

static enum mbox_status check_file(struct mbox *m, uid_t uid)
{
	struct stat st;

	if (fileio_fstat(m->fd, &st) < 0)
		return MBOX_ERROR;
	if (!S_ISREG(st.st_mode))
		return unsafe(m, "not a regular file");
	if (st.st_uid != uid)
		return unsafe(m, "it belongs to another user");
	if (st.st_nlink != 1)
		return unsafe(m, "it has more than one link");
	return MBOX_OK;
}

/* Neither locks nor writes are to be trusted there. */
static enum mbox_status check_file_system(struct mbox *m)
{
	struct statfs fs;

	if (fileio_fstatfs(m->fd, &fs) < 0)
		return MBOX_ERROR;
	switch ((uint32_t)fs.f_type) {
	case NFS_SUPER_MAGIC:
	case SMB_SUPER_MAGIC:
	case CIFS_SUPER_MAGIC:
	case SMB2_SUPER_MAGIC:
	case V9FS_MAGIC:
		if (!m->network)
			return unsafe(m, "it is on a network file system");
		break;
	default:
		break;
	}
	return MBOX_OK;
}

/*
 * Could it be a lock file, and not the mailbox of a user with such a name?  A
 * lock file holds nothing, a process ID, or that and a host's name; it belongs
 * to the system or to the mailbox's owner.
 */
static bool is_dotlock(const struct stat *st, uid_t owner)
{
	return S_ISREG(st->st_mode) && st->st_size <= DOTLOCK_MOST &&
	       (st->st_uid == owner || st->st_uid < SYSTEM_UIDS);
}

/*
 * Has another program had path.lock, but not for so long that it is dead?  One
 * of the future is left from when the clock was wrong.
 */
static bool is_dotlocked(int dir, const char *path, uid_t owner)
{
	char name[PATH_MAX];
	struct stat st;
	time_t age;

	if (snprintf(name, sizeof(name), "%s.lock", path) >= (int)sizeof(name))
		return false;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !is_dotlock(&st, owner))
		return false;
	age = time(NULL) - st.st_mtime;
	return age > -DOTLOCK_STALE && age < DOTLOCK_STALE;
}

static enum mbox_status wait_for_dotlock(struct mbox *m, int dir,
                                         const char *path, uid_t owner)
{
	while (is_dotlocked(dir, path, owner)) {
		if (deadline_left(m->until) == 0) {
			m->what = "a file with .lock added is beside it";
			return MBOX_BUSY;
		}
		deadline_sleep_until(deadline_now() + DOTLOCK_PAUSE);
	}
	return MBOX_OK;
}

void mbox_init(struct mbox *m)
{
	memset(m, 0, offsetof(struct mbox, index));
	m->fd = -1;
	index_init(&m->index);
}

static enum mbox_status open_in(struct mbox *m, int dir, const char *name,
                                uid_t uid)
{
	enum mbox_status status;

	m->fd = openat(dir, name,
	               O_RDWR | O_NOATIME | O_NOFOLLOW | O_NONBLOCK |
	                       O_CLOEXEC);
	if (m->fd < 0)
		return open_error(m, dir, name, uid);
	fileio_read_ahead(m->fd);
	status = check_file(m, uid);
	if (status == MBOX_OK)
		status = check_file_system(m);
	return status == MBOX_OK ? wait_for_dotlock(m, dir, name, uid) : status;
}

enum mbox_status mbox_open(struct mbox *m, int dir, const char *path, uid_t uid)
{
	enum mbox_status status;
	int last, error;

	m->until = deadline_in(m->lock_timeout);
	last = walk_directory(dir, path);
	if (last < 0)
		return walk_error(m);
	status = open_in(m, last, walk_name(path), uid);
	error = errno;
	if (last != dir)
		(void)close(last);
	errno = error;
	return status;
}

void mbox_close(struct mbox *m)
{
	if (m->fd >= 0)
		(void)close(m->fd);
	m->fd = -1;
	index_close(&m->index);
	free(m->window);
	m->window = NULL;
	m->window_n = 0;
}

off_t mbox_size(const struct mbox *m)
{
	struct stat st;

	return m->fd >= 0 && fileio_fstat(m->fd, &st) == 0 ? st.st_size : 0;
}

static enum mbox_status lock_mbox(struct mbox *m, enum lock_kind kind,
                                  deadline_t until)
{
	if (lock_file(m->fd, kind, until) == 0)
		return MBOX_OK;
	return errno == EAGAIN ? MBOX_BUSY : MBOX_ERROR;
}

enum mbox_status mbox_recover(struct mbox *m, struct journal *j,
                              enum recovery *ret)
{
	enum mbox_status status = MBOX_OK;

	if (m->fd >= 0)
		status = lock_mbox(m, LOCK_EXCLUSIVE, m->until);
	if (status != MBOX_OK)
		return status;
	*ret = recovery_run(j, m->fd);
	if (m->fd >= 0)
		unlock_file(m->fd);
	return *ret == RECOVERY_ERROR ? MBOX_ERROR : MBOX_OK;
}

/* What it lacks, by its first octets, blank lines aside. */
static const char *why_no_mbox(struct mbox *m)
{
	char buf[512];
	ssize_t n, i = 0;

	n = fileio_pread(m->fd, buf, sizeof(buf), 0);
	while (i < n && (buf[i] == '\r' || buf[i] == '\n'))
		i++;
	if (i < n && buf[i] == '\0')
		return "not an mbox: it begins with NULs, as a crash may leave "
		       "them";
	if (n - i >= 5 && memcmp(buf + i, "From ", 5) == 0)
		return "not an mbox: its first line begins with From and does "
		       "not end in a date";
	return "not an mbox: it does not begin with a From_ line";
}

static enum mbox_status list_locked(struct mbox *m, bool recovered)
{
	enum sync_trust trust = m->network ? SYNC_CONTENT : SYNC_TIMES;

	if (fileio_fstat(m->fd, &m->seen) < 0)
		return MBOX_ERROR;
	if (recovered)
		trust = SYNC_NOTHING;
	switch (sync_make(&m->index, m->fd, &m->seen, trust)) {
	case SYNC_OK:
		return MBOX_OK;
	case SYNC_NOT_MBOX:
		m->what = why_no_mbox(m);
		return MBOX_NOT_MBOX;
	default:
		return MBOX_ERROR;
	}
}

enum mbox_status mbox_scan(struct mbox *m, bool recovered)
{
	enum mbox_status status;

	if (m->fd < 0)
		return MBOX_OK;
	status = lock_mbox(m, LOCK_SHARED, m->until);
	if (status != MBOX_OK)
		return status;
	status = list_locked(m, recovered);
	unlock_file(m->fd);
	return status;
}

static enum mbox_status get_message(struct mbox *m, uint32_t i,
                                    struct mbox_message *ret)
{
	if (index_get(&m->index, i, ret) == 0)
		return MBOX_OK;
	index_void(&m->index);
	return MBOX_ERROR;
}

/* Is the file still there, and at least as long as when it was scanned? */
static enum mbox_status check_seen(struct mbox *m, struct stat *ret)
{
	if (m->lost || fileio_fstat(m->fd, ret) < 0)
		return MBOX_ERROR;
	if (ret->st_nlink != 1 || ret->st_size < m->seen.st_size)
		return MBOX_CHANGED;
	return MBOX_OK;
}

/* Not beyond the file's end: the kernel would be asked once more for that. */
static size_t size_up_to(size_t size, off_t left)
{
	return left > 0 && left < (off_t)size ? (size_t)left : size;
}

/*
 * How much to read for what is wanted of message i, up to end.  A client that
 * fetches one message after the other gets the next ones, too; another would
 * wait for what it does not want.  Where the listing is not sure each message
 * is compared, and read, for itself.
 */
static size_t choose_size(const struct mbox *m, uint32_t i, off_t at, off_t end)
{
	off_t read = m->window_at + (off_t)m->window_n;
	off_t wanted = end - at + BETWEEN;

	if (m->window_n > 0 && at > m->window_at && at <= read &&
	    sync_is_sure(&m->index, i, &m->window_seen))
		return WINDOW;
	if (wanted < LEAST)
		return LEAST;
	return wanted < WINDOW ? (size_t)wanted : WINDOW;
}

/* Has nobody changed the file since it was as seen? */
static bool is_fresh(const struct mbox *m, const struct stat *seen)
{
	struct stat st;

	return fileio_fstat(m->fd, &st) == 0 && st.st_nlink == seen->st_nlink &&
	       st.st_size == seen->st_size &&
	       filetime_of(st.st_mtim) == filetime_of(seen->st_mtim) &&
	       filetime_of(st.st_ctim) == filetime_of(seen->st_ctim);
}

/* Would the file's times tell of a change after now? */
static bool has_settled(const struct mbox *m)
{
	return !m->network &&
	       filetime_settled(filetime_of(m->window_seen.st_ctim),
	                        filetime_now());
}

/*
 * The index is damaged: makes it anew, if the mailbox is what was listed, so
 * that each message keeps its number.
 */
static enum mbox_status list_again(struct mbox *m)
{
	const uint32_t count = m->index.count, hidden = m->index.hidden;
	enum mbox_status status;

	status = lock_mbox(m, LOCK_SHARED, deadline_in(m->lock_timeout));
	if (status != MBOX_OK)
		return status;
	if (is_fresh(m, &m->seen)) {
		status = list_locked(m, true);
		m->lost = status != MBOX_OK || m->index.count != count ||
		          m->index.hidden != hidden;
	} else {
		status = MBOX_CHANGED;
	}
	unlock_file(m->fd);
	if (m->lost)
		index_cut(&m->index, 0);
	return m->lost ? MBOX_ERROR : status;
}

enum mbox_status mbox_message(struct mbox *m, uint32_t i,
                              struct mbox_message *ret)
{
	struct fileio_failure why;

	if (get_message(m, i, ret) == MBOX_OK)
		return MBOX_OK;
	why = fileio_failure();
	if (why.error == EBADMSG && list_again(m) == MBOX_OK)
		return get_message(m, i, ret);
	(void)fileio_fail(why);
	return MBOX_ERROR;
}

/* Would comparing the header cost more than reading a window? */
static bool is_long(const struct mbox_message *msg)
{
	return msg->body - msg->start > WINDOW;
}

/*
 * Is message i what was listed?  All of it is read: where the mailbox was
 * changed in place, its header may be the same, but not what follows, or its
 * end. *ret is the range it has, up to the next message or the end of what was
 * listed.
 */
static enum mbox_status check_message(struct mbox *m, uint32_t i,
                                      struct range *ret)
{
	struct mbox_message msg = {0}, next = {.start = m->seen.st_size};
	const bool last = i + 1 >= m->index.count;
	enum mbox_status status;
	bool same = false;

	status = get_message(m, i, &msg);
	if (status == MBOX_OK && !last)
		status = get_message(m, i + 1, &next);
	*ret = (struct range){msg.start, next.start};
	if (status != MBOX_OK)
		return status;
	if (mboxrange_message(m->fd, &msg, last ? NULL : &next, next.start,
	                      &same) < 0)
		return MBOX_ERROR;
	return same ? MBOX_OK : MBOX_CHANGED;
}

static enum mbox_status check_header(struct mbox *m,
                                     const struct mbox_message *msg)
{
	bool same;

	if (mboxrange_header(m->fd, msg, &same) < 0 ||
	    (same && is_long(msg) &&
	     mboxrange_header_ends(m->fd, msg, END, &m->window_ends) < 0))
		return MBOX_ERROR;
	return same ? MBOX_OK : MBOX_CHANGED;
}

/* Do both ends of a long header stand as they did when it was compared? */
static enum mbox_status check_ends(struct mbox *m,
                                   const struct mbox_message *msg)
{
	uint64_t ends;

	if (mboxrange_header_ends(m->fd, msg, END, &ends) < 0)
		return MBOX_ERROR;
	return ends == m->window_ends ? MBOX_OK : MBOX_CHANGED;
}

/* Is what stands there in the window? */
static bool in_window(const struct mbox *m, off_t start, off_t end)
{
	return m->window_n > 0 && start >= m->window_at &&
	       end <= m->window_at + (off_t)m->window_n;
}

/* The same as check_header, without reading it once more if that can be. */
static enum mbox_status check_start(struct mbox *m,
                                    const struct mbox_message *msg)
{
	if (!in_window(m, msg->start, msg->body))
		return check_header(m, msg);
	return digest_of(m->window + (msg->start - m->window_at),
	                 (size_t)(msg->body - msg->start)) == msg->digest
	               ? MBOX_OK
	               : MBOX_CHANGED;
}

/*
 * A window behind the message's first one has been read, from at on, and the
 * file's times are as they were at the window before.  Where they tell of each
 * change (settled), that is all.  Else the header is compared, of a long one
 * only the ends; and that whole where it ends, for what was sent of it must be
 * what was listed.
 */
static enum mbox_status check_again(struct mbox *m,
                                    const struct mbox_message *msg, off_t at,
                                    bool settled)
{
	if (is_long(msg) && at < msg->body && in_window(m, at, msg->body))
		return check_header(m, msg);
	if (settled)
		return MBOX_OK;
	return is_long(msg) ? check_ends(m, msg) : check_start(m, msg);
}

/*
 * Reads into the window, from at on, which is in the message; for speed from a
 * few octets before (fileio_aligned).  The message has still to stand there:
 * between two windows the mailbox was not locked, and no message may be put
 * together of what stood there and what stands there now.  A header may be
 * long: it is read whole as often as somebody writes, but not for each window.
 * Before its first window all of a message is compared, unless the listing is
 * sure.
 */
static enum mbox_status read_locked(struct mbox *m, uint32_t i,
                                    const struct mbox_message *msg, off_t at,
                                    size_t size)
{
	bool again = at > msg->start && is_fresh(m, &m->window_seen);
	bool settled = m->window_settled;
	off_t from = at - at % FILEIO_ALIGN;
	enum mbox_status status;
	struct range range;
	ssize_t n;

	status = check_seen(m, &m->window_seen);
	if (status == MBOX_OK && at == msg->start &&
	    !sync_is_sure(&m->index, i, &m->window_seen))
		status = check_message(m, i, &range);
	if (status != MBOX_OK)
		return status;
	m->window_settled = has_settled(m);
	size += (size_t)(at - from);
	n = fileio_pread(m->fd, m->window,
	                 size_up_to(size, m->window_seen.st_size - from), from);
	if (n <= at - from)
		return n < 0 ? MBOX_ERROR : MBOX_CHANGED;
	m->window_at = from;
	m->window_n = (size_t)n;
	return again ? check_again(m, msg, at, settled) : check_start(m, msg);
}

static enum mbox_status fill_window(struct mbox *m, uint32_t i,
                                    const struct mbox_message *msg, off_t at)
{
	size_t size = choose_size(m, i, at, msg->end);
	enum mbox_status status;

	m->window_n = 0;
	if (!m->window)
		m->window = fileio_buffer(WINDOW + FILEIO_ALIGN);
	if (!m->window)
		return MBOX_ERROR;
	status = lock_mbox(m, LOCK_SHARED, deadline_in(m->lock_timeout));
	if (status != MBOX_OK)
		return status;
	status = read_locked(m, i, msg, at, size);
	unlock_file(m->fd);
	if (status != MBOX_OK)
		m->window_n = 0;
	return status;
}

/* Gets a message into the window, as much as fits; it must be what it was. */
static enum mbox_status begin_message(struct mbox *m, uint32_t i,
                                      const struct mbox_message *msg)
{
	/* Clients ask for one after the other: most are there already. */
	if (in_window(m, msg->start, msg->end) &&
	    is_fresh(m, &m->window_seen) &&
	    sync_is_sure(&m->index, i, &m->window_seen))
		return check_start(m, msg);
	return fill_window(m, i, msg, msg->start);
}

/* Reads on with a message; nothing once it has been read. */
static enum mbox_status read_on(struct mbox *m, uint32_t i,
                                const struct mbox_message *msg, off_t *at,
                                struct mbox_window *ret)
{
	enum mbox_status status = MBOX_OK;
	off_t end;

	if (*at >= msg->end)
		return MBOX_OK;
	if (!in_window(m, *at, *at + 1))
		status = fill_window(m, i, msg, *at);
	if (status != MBOX_OK)
		return status;
	end = m->window_at + (off_t)m->window_n;
	end = end < msg->end ? end : msg->end;
	ret->buf = m->window + (*at - m->window_at);
	ret->n = (size_t)(end - *at);
	*at = end;
	return MBOX_OK;
}

enum mbox_status mbox_read(struct mbox *m, uint32_t i, off_t *at,
                           struct mbox_window *ret)
{
	struct mbox_message msg;
	enum mbox_status status;

	ret->n = 0;
	status = mbox_message(m, i, &msg);
	if (status == MBOX_OK && *at == 0) {
		status = begin_message(m, i, &msg);
		*at = msg.text;
	}
	if (status == MBOX_OK)
		status = read_on(m, i, &msg, at, ret);
	if (status == MBOX_CHANGED)
		index_void(&m->index);
	return status;
}

/* Does what has come behind what was listed start a message? */
static enum mbox_status check_rest(struct mbox *m, off_t size)
{
	char from[5];
	ssize_t n;

	if (m->seen.st_size == size)
		return MBOX_OK;
	n = fileio_pread(m->fd, from, sizeof(from), m->seen.st_size);
	if (n < 0)
		return MBOX_ERROR;
	return n == 5 && memcmp(from, "From ", 5) == 0 ? MBOX_OK : MBOX_CHANGED;
}

/*
 * The range of a message that is to go: up to the next message, or the end
 * of what was listed.  It must be what it was.
 */
static enum mbox_status find_range(struct mbox *m, uint32_t i, off_t size,
                                   struct range *ret)
{
	enum mbox_status status;

	status = check_message(m, i, ret);
	if (status == MBOX_OK && i + 1 == m->index.count)
		status = check_rest(m, size);
	return status;
}

/* Collects what is to go; neighbours become one range. */
static enum mbox_status find_ranges(struct mbox *m, const uint8_t *gone,
                                    off_t size, struct range *ranges, size_t *n)
{
	enum mbox_status status = MBOX_OK;
	struct range r;
	uint32_t i;

	*n = 0;
	for (i = 0; i < m->index.count; i++) {
		if (!bitmap_has(gone, i))
			continue;
		status = find_range(m, i, size, &r);
		if (status != MBOX_OK)
			break;
		if (*n > 0 && ranges[*n - 1].end == r.start)
			ranges[*n - 1].end = r.end;
		else
			ranges[(*n)++] = r;
	}
	return status;
}

/*
 * A message that starts without a blank line before it may go, but not the
 * blank line that the next one starts behind: that would be no message without.
 * *kept: a blank line was kept, and may now end the header before it.
 */
static enum mbox_status keep_blanks(struct mbox *m, off_t size,
                                    struct range *ranges, size_t n, bool *kept)
{
	int before, behind;
	size_t i;

	for (i = 0; i < n && ranges[i].end < size; i++) {
		if (mboxrange_blank_before(m->fd, ranges[i].start, &before) < 0)
			return MBOX_ERROR;
		if (before >= 0)
			continue; /* as most have */
		if (mboxrange_blank_before(m->fd, ranges[i].end, &behind) < 0)
			return MBOX_ERROR;
		if (behind <= 0)
			continue;
		ranges[i].end -= behind;
		*kept = true;
	}
	return MBOX_OK;
}

/* The index follows, if it can. */
static void list_removed(struct mbox *m, const struct stat *before,
                         const struct sync_removed *removed)
{
	struct stat st;

	if (fileio_fstat(m->fd, &st) == 0)
		sync_remove(&m->index, m->fd, &st, before, removed);
	else
		index_void(&m->index);
}

static enum mbox_status remove_locked(struct mbox *m, struct journal *j,
                                      const uint8_t *gone)
{
	enum mbox_status status;
	struct range *ranges;
	bool kept = false;
	struct stat st;
	size_t n;

	status = check_seen(m, &st);
	if (status != MBOX_OK)
		return status;
	ranges = calloc(m->index.count / 2 + 1UL, sizeof(*ranges));
	if (!ranges)
		return MBOX_ERROR;
	status = find_ranges(m, gone, st.st_size, ranges, &n);
	if (status == MBOX_OK)
		status = keep_blanks(m, st.st_size, ranges, n, &kept);
	if (status == MBOX_OK && n > 0 &&
	    update_remove(j, m->fd, ranges, n, st.st_size) < 0)
		status = MBOX_ERROR;
	if (status == MBOX_OK)
		list_removed(m, &st, &(struct sync_removed){gone, ranges, n});
	if (kept)
		index_void(&m->index);
	free(ranges);
	return status;
}

enum mbox_status mbox_remove(struct mbox *m, struct journal *j,
                             const uint8_t *gone)
{
	enum mbox_status status;

	status = lock_mbox(m, LOCK_EXCLUSIVE, deadline_in(m->lock_timeout));
	if (status != MBOX_OK)
		return status;
	status = remove_locked(m, j, gone);
	if (status != MBOX_OK)
		index_void(&m->index);
	unlock_file(m->fd);
	return status;
}

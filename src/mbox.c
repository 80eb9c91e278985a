#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "deadline.h"
#include "digest.h"
#include "lock.h"
#include "mbox.h"
#include "update.h"

#define SCAN_PIECE    (256 << 10) /* which the processor's cache holds */
#define WINDOW        (64 << 10)
#define PAGE          4096
#define DOTLOCK_STALE 300 /* seconds: what is older has been left behind */
#define DOTLOCK_PAUSE 100 /* milliseconds between looks */

static enum mbox_status unsafe(struct mbox *m, const char *what)
{
	m->what = what;
	return MBOX_UNSAFE;
}

/* Why the mailbox could not be opened. */
static enum mbox_status open_error(struct mbox *m)
{
	switch (errno) {
	case ENOENT:
		return MBOX_OK;
	case ELOOP:
	case EXDEV:
		return unsafe(m, "a symbolic link");
	case EISDIR:
	case ENXIO:
		return unsafe(m, "not a regular file");
	case EACCES:
		return unsafe(m, "its owner may not read and write it");
	case EPERM: /* O_NOATIME is for the owner only */
		return unsafe(m, "it belongs to another user");
	default:
		return MBOX_ERROR;
	}
}

static enum mbox_status check_file(struct mbox *m, uid_t uid)
{
	struct stat st;

	if (calls.fstat(m->fd, &st) < 0)
		return MBOX_ERROR;
	if (!S_ISREG(st.st_mode))
		return unsafe(m, "not a regular file");
	if (st.st_uid != uid)
		return unsafe(m, "it belongs to another user");
	if (st.st_nlink != 1)
		return unsafe(m, "it has more than one link");
	return MBOX_OK;
}

/* Locks and syncs are not to be trusted there (README.md says more). */
static enum mbox_status check_file_system(struct mbox *m)
{
	struct statfs fs;

	if (calls.fstatfs(m->fd, &fs) < 0)
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

/* Has another program had path.lock, but not for so long that it is dead? */
static bool is_dotlocked(int dir, const char *path)
{
	char name[PATH_MAX];
	struct stat st;

	if (snprintf(name, sizeof(name), "%s.lock", path) >= (int)sizeof(name))
		return false;
	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       time(NULL) - st.st_mtime < DOTLOCK_STALE;
}

static enum mbox_status wait_for_dotlock(const struct mbox *m, int dir,
                                         const char *path)
{
	while (is_dotlocked(dir, path)) {
		if (deadline_left(m->until) == 0)
			return MBOX_BUSY;
		deadline_sleep_until(deadline_now() + DOTLOCK_PAUSE);
	}
	return MBOX_OK;
}

enum mbox_status mbox_open(struct mbox *m, int dir, const char *path, uid_t uid)
{
	struct open_how how = {
		.flags = O_RDWR | O_NOATIME | O_NOFOLLOW | O_NONBLOCK |
	                 O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	enum mbox_status status;

	m->until = deadline_in(m->lock_timeout);
	m->fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
	if (m->fd < 0)
		return open_error(m);
	status = check_file(m, uid);
	if (status == MBOX_OK)
		status = check_file_system(m);
	return status == MBOX_OK ? wait_for_dotlock(m, dir, path) : status;
}

void mbox_close(struct mbox *m)
{
	if (m->fd >= 0)
		(void)close(m->fd);
	m->fd = -1;
	free(m->messages);
	free(m->twins);
	free(m->window);
	m->messages = NULL;
	m->twins = NULL;
	m->window = NULL;
	m->count = m->room = 0;
}

off_t mbox_size(const struct mbox *m)
{
	struct stat st;

	return m->fd >= 0 && calls.fstat(m->fd, &st) == 0 ? st.st_size : 0;
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

/*
 * A buffer to read into.  Copying from the page cache to a place a few octets
 * behind a page's start, where malloc has large buffers begin, takes some
 * processors five times as long.
 */
static char *new_buffer(size_t n)
{
	return aligned_alloc(PAGE, n);
}

static int keep(void *ctx, const struct mbox_message *message)
{
	struct mbox *m = ctx;
	uint32_t room;
	void *more;

	if (m->count == m->room) {
		room = m->room ? m->room * 2 : 64;
		more = room > m->room ? reallocarray(m->messages, room,
		                                     sizeof(*m->messages))
		                      : NULL;
		if (!more)
			return -1;
		m->messages = more;
		m->room = room;
	}
	m->messages[m->count++] = *message;
	return 0;
}

/* Feeds the file as it was seen to the scanner. */
static int scan_file(struct mbox *m, struct mboxscan *scan, char *buf)
{
	off_t at = 0;
	ssize_t n;
	int r = 0;

	while (r == 0 && at < m->seen.st_size) {
		n = m->seen.st_size - at < SCAN_PIECE ? m->seen.st_size - at
		                                      : SCAN_PIECE;
		n = calls_pread(m->fd, buf, (size_t)n, at);
		if (n == 0)
			errno = EIO; /* cut under our lock */
		if (n <= 0)
			return -1;
		r = mboxscan_feed(scan, buf, (size_t)n);
		at += n;
	}
	return r == 0 ? mboxscan_end(scan) : r;
}

static uint32_t slot_of(const struct mbox *m, uint32_t i, uint32_t mask)
{
	return (uint32_t)m->messages[i].uidl.low & mask;
}

static bool same_uidl(const struct mbox *m, uint32_t i, uint32_t j)
{
	return m->messages[i].uidl.high == m->messages[j].uidl.high &&
	       m->messages[i].uidl.low == m->messages[j].uidl.low;
}

/* Numbers messages with one unique-id in the order they stand. */
static int number_twins(struct mbox *m)
{
	uint32_t size = 16, i, slot;
	uint32_t *table; /* of the latest with each id: its index + 1 */

	while (size / 2 < m->count)
		size *= 2;
	m->twins = calloc(m->count + 1UL, sizeof(*m->twins));
	table = calloc(size, sizeof(*table));
	if (!m->twins || !table) {
		free(table);
		return -1;
	}
	for (i = 0; i < m->count; i++) {
		slot = slot_of(m, i, size - 1);
		while (table[slot] && !same_uidl(m, i, table[slot] - 1))
			slot = (slot + 1) & (size - 1);
		m->twins[i] = table[slot] ? m->twins[table[slot] - 1] + 1 : 1;
		table[slot] = i + 1;
	}
	free(table);
	return 0;
}

static enum mbox_status scan_locked(struct mbox *m)
{
	enum mbox_status status = MBOX_ERROR;
	struct mboxscan *scan = NULL;
	char *buf = NULL;
	int r;

	if (calls.fstat(m->fd, &m->seen) < 0)
		return MBOX_ERROR;
	scan = mboxscan_new(keep, m);
	buf = new_buffer(SCAN_PIECE);
	if (!scan || !buf)
		goto out;
	r = scan_file(m, scan, buf);
	if (r == MBOXSCAN_NOT_MBOX)
		status = MBOX_NOT_MBOX;
	else if (r == 0 && number_twins(m) == 0)
		status = MBOX_OK;
out:
	mboxscan_free(scan);
	free(buf);
	return status;
}

enum mbox_status mbox_scan(struct mbox *m)
{
	enum mbox_status status;

	if (m->fd < 0)
		return MBOX_OK;
	status = lock_mbox(m, LOCK_SHARED, m->until);
	if (status != MBOX_OK)
		return status;
	status = scan_locked(m);
	unlock_file(m->fd);
	return status;
}

/* Is the file still there, and at least as long as when it was scanned? */
static enum mbox_status check_seen(struct mbox *m, struct stat *ret)
{
	if (calls.fstat(m->fd, ret) < 0)
		return MBOX_ERROR;
	if (ret->st_nlink != 1 || ret->st_size < m->seen.st_size)
		return MBOX_CHANGED;
	return MBOX_OK;
}

/* Reads into the window from at on, but not past end. */
static ssize_t read_window(struct mbox *m, off_t at, off_t end)
{
	off_t n = end - at < WINDOW ? end - at : WINDOW;

	if (!m->window)
		m->window = new_buffer(WINDOW);
	if (!m->window)
		return -1;
	return calls_pread(m->fd, m->window, (size_t)n, at);
}

/* The digest of a header longer than the window. */
static enum mbox_status check_long_header(struct mbox *m,
                                          const struct mbox_message *msg)
{
	enum mbox_status status = MBOX_OK;
	struct digest *d;
	off_t at = msg->start;
	ssize_t n = 1;

	d = digest_new();
	if (!d)
		return MBOX_ERROR;
	while (at < msg->body && n > 0) {
		n = read_window(m, at, msg->body);
		if (n > 0)
			digest_add(d, m->window, (size_t)n);
		at += n;
	}
	if (n < 0)
		status = MBOX_ERROR;
	else if (digest_end(d) != msg->digest)
		status = MBOX_CHANGED;
	digest_free(d);
	return status;
}

/*
 * Is this still the message that was scanned?  On MBOX_OK the window holds
 * its first octets, from the From_ line on, and *n is their number.
 */
static enum mbox_status
check_message(struct mbox *m, const struct mbox_message *msg, ssize_t *n)
{
	enum mbox_status status = MBOX_OK;
	off_t header = msg->body - msg->start;

	if (header > WINDOW)
		status = check_long_header(m, msg);
	if (status != MBOX_OK)
		return status;
	*n = read_window(m, msg->start, msg->end);
	if (*n < 0)
		return MBOX_ERROR;
	if (header > WINDOW)
		return MBOX_OK;
	if (*n < header || digest_of(m->window, (size_t)header) != msg->digest)
		return MBOX_CHANGED;
	return MBOX_OK;
}

static enum mbox_status give(const struct mbox *m, off_t skip, ssize_t n,
                             off_t *at, struct mbox_window *ret)
{
	ret->buf = m->window + skip;
	ret->n = (size_t)n;
	*at += n;
	return MBOX_OK;
}

static enum mbox_status read_locked(struct mbox *m,
                                    const struct mbox_message *msg, off_t *at,
                                    struct mbox_window *ret)
{
	off_t from_line = msg->text - msg->start;
	enum mbox_status status;
	struct stat st;
	ssize_t n;

	status = check_seen(m, &st);
	if (status == MBOX_OK && *at == 0) {
		status = check_message(m, msg, &n);
		*at = msg->text;
		if (status == MBOX_OK && n > from_line)
			return give(m, from_line, n - from_line, at, ret);
	}
	if (status != MBOX_OK)
		return status;
	n = read_window(m, *at, msg->end);
	if (n < 0)
		return MBOX_ERROR;
	if (n == 0 && *at < msg->end)
		return MBOX_CHANGED;
	return give(m, 0, n, at, ret);
}

enum mbox_status mbox_read(struct mbox *m, uint32_t i, off_t *at,
                           struct mbox_window *ret)
{
	enum mbox_status status;

	ret->n = 0;
	if (*at != 0 && *at >= m->messages[i].end)
		return MBOX_OK;
	status = lock_mbox(m, LOCK_SHARED, deadline_in(m->lock_timeout));
	if (status != MBOX_OK)
		return status;
	status = read_locked(m, &m->messages[i], at, ret);
	unlock_file(m->fd);
	return status;
}

static bool is_gone(const uint8_t *gone, uint32_t i)
{
	return gone[i / 8] >> (i % 8) & 1;
}

/* Where the message behind message i starts, or what was scanned ends. */
static off_t next_start(const struct mbox *m, uint32_t i)
{
	return i + 1 < m->count ? m->messages[i + 1].start : m->seen.st_size;
}

/* Is message i as it was, and does another start, or nothing, behind it? */
static enum mbox_status check_gone(struct mbox *m, uint32_t i, off_t size)
{
	enum mbox_status status;
	off_t next = next_start(m, i);
	char from[5];
	ssize_t n;

	status = check_message(m, &m->messages[i], &n);
	if (status != MBOX_OK || next == size)
		return status;
	n = calls_pread(m->fd, from, sizeof(from), next);
	if (n < 0)
		return MBOX_ERROR;
	return n == 5 && memcmp(from, "From ", 5) == 0 ? MBOX_OK : MBOX_CHANGED;
}

/* Collects what is to go; neighbours become one range. */
static enum mbox_status find_ranges(struct mbox *m, const uint8_t *gone,
                                    off_t size, struct range *ranges, size_t *n)
{
	enum mbox_status status = MBOX_OK;
	uint32_t i;

	*n = 0;
	for (i = 0; i < m->count && status == MBOX_OK; i++) {
		if (!is_gone(gone, i))
			continue;
		status = check_gone(m, i, size);
		if (*n == 0 || ranges[*n - 1].end != m->messages[i].start)
			ranges[(*n)++].start = m->messages[i].start;
		ranges[*n - 1].end = next_start(m, i);
	}
	return status;
}

static enum mbox_status remove_locked(struct mbox *m, struct journal *j,
                                      const uint8_t *gone)
{
	enum mbox_status status;
	struct range *ranges;
	struct stat st;
	size_t n;

	status = check_seen(m, &st);
	if (status != MBOX_OK)
		return status;
	ranges = calloc(m->count / 2 + 1UL, sizeof(*ranges));
	if (!ranges)
		return MBOX_ERROR;
	status = find_ranges(m, gone, st.st_size, ranges, &n);
	if (status == MBOX_OK && n > 0 &&
	    update_remove(j, m->fd, ranges, n, st.st_size) < 0)
		status = MBOX_ERROR;
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
	unlock_file(m->fd);
	return status;
}

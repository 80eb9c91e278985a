/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fileio.h"
#include "base/filetime.h"
#include "base/statename.h"
#include "index/sync.h"
#include "maildrop/mbox.h"
#include "maildrop/mboxfile.h"

void mbox_init(struct mbox *m, int lock_timeout, bool network)
{
	memset(m, 0, offsetof(struct mbox, index));
	m->fd = -1;
	m->lock_timeout = lock_timeout;
	m->network = network;
	index_init(&m->index);
}

void mbox_close(struct mbox *m)
{
	if (m->fd >= 0)
		(void)close(m->fd);
	m->fd = -1;
	index_close(&m->index);
	free(m->cache.octets);
	m->cache.octets = NULL;
	m->cache.n = 0;
}

struct mbox *mbox_new(int lock_timeout, bool network)
{
	struct mbox *m = aligned_alloc(_Alignof(struct mbox), sizeof(*m));

	if (m)
		mbox_init(m, lock_timeout, network);
	return m;
}

void mbox_free(struct mbox *m)
{
	if (m)
		mbox_close(m);
	free(m);
}

void mbox_open_index(struct mbox *m, int state_dir, const char *name)
{
	index_open(&m->index, state_dir, name);
}

int *mbox_descriptor(struct mbox *m)
{
	return &m->fd;
}

int *mbox_index_descriptor(struct mbox *m)
{
	return index_descriptor(&m->index);
}

const char *mbox_problem(const struct mbox *m, enum mbox_status status)
{
	switch (status) {
	case MBOX_OK:
		return NULL;
	case MBOX_BUSY:
		return m->problem ? m->problem
		                  : "it is locked by another program";
	case MBOX_CHANGED:
		return "it was changed by another program";
	case MBOX_NOT_MBOX:
	case MBOX_UNSAFE:
		return m->problem;
	default:
		return strerrordesc_np(errno);
	}
}

const char *mbox_failed_file(struct mbox *m, const struct journal *j)
{
	int fd = fileio_failure().fd;

	if (fd >= 0 && fd == j->fd)
		return STATENAME_JOURNAL;
	if (fd >= 0 && fd == *index_descriptor(&m->index))
		return STATENAME_INDEX;
	return NULL;
}

enum mbox_status mbox_lock(struct mbox *m, enum lock_kind kind,
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
		status = mbox_lock(m, LOCK_EXCLUSIVE, m->until);
	if (status != MBOX_OK)
		return status;
	*ret = recovery_run(j, m->fd);
	if (m->fd >= 0)
		unlock_file(m->fd);
	return *ret == RECOVERY_ERROR ? MBOX_ERROR : MBOX_OK;
}

/* Says why the file is no mbox, by its first octets after blank lines. */
static const char *find_format_problem(const struct mbox *m)
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

static enum mbox_status list_messages(struct mbox *m, bool recovered)
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
		m->problem = find_format_problem(m);
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
	status = mbox_lock(m, LOCK_SHARED, m->until);
	if (status != MBOX_OK)
		return status;
	status = list_messages(m, recovered);
	unlock_file(m->fd);
	return status;
}

uint32_t mbox_count(const struct mbox *m)
{
	return m->index.count;
}

uint32_t mbox_hidden(const struct mbox *m)
{
	return m->index.hidden;
}

int64_t mbox_octets(const struct mbox *m)
{
	return m->index.octets;
}

/*
 * The index is damaged: lists the messages again if the file is unchanged, and
 * only accepts the list if each message keeps its number.
 */
static enum mbox_status list_again(struct mbox *m)
{
	const uint32_t count = m->index.count, hidden = m->index.hidden;
	enum mbox_status status;
	struct stat st;

	status = mbox_lock(m, LOCK_SHARED, deadline_in(m->lock_timeout));
	if (status != MBOX_OK)
		return status;
	if (fileio_fstat(m->fd, &st) == 0 && mbox_is_same(&st, &m->seen)) {
		status = list_messages(m, true);
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

enum mbox_status mbox_message_locked(struct mbox *m, uint32_t i,
                                     struct mbox_message *ret)
{
	if (index_get(&m->index, i, ret) == 0)
		return MBOX_OK;
	mbox_doubt(m);
	return MBOX_ERROR;
}

enum mbox_status mbox_message(struct mbox *m, uint32_t i,
                              struct mbox_message *ret)
{
	struct fileio_failure failure;

	if (mbox_message_locked(m, i, ret) == MBOX_OK)
		return MBOX_OK;
	failure = fileio_failure();
	if (failure.error == EBADMSG && list_again(m) == MBOX_OK)
		return mbox_message_locked(m, i, ret);
	(void)fileio_fail(failure);
	return MBOX_ERROR;
}

off_t mbox_size(const struct mbox *m)
{
	return m->seen.st_size;
}

off_t mbox_growth(const struct mbox *m)
{
	struct stat st;

	if (m->fd < 0 || fileio_fstat(m->fd, &st) < 0 ||
	    st.st_size < m->seen.st_size)
		return 0;
	return st.st_size - m->seen.st_size;
}

void mbox_doubt(struct mbox *m)
{
	index_void(&m->index);
}

enum mbox_status mbox_stat(struct mbox *m, struct stat *ret)
{
	if (m->lost || fileio_fstat(m->fd, ret) < 0)
		return MBOX_ERROR;
	if (ret->st_nlink != 1 || ret->st_size < m->seen.st_size)
		return MBOX_CHANGED;
	return MBOX_OK;
}

bool mbox_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_nlink == b->st_nlink && a->st_size == b->st_size &&
	       filetime_of(a->st_mtim) == filetime_of(b->st_mtim) &&
	       filetime_of(a->st_ctim) == filetime_of(b->st_ctim);
}

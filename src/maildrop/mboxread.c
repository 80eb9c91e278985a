/* SPDX-License-Identifier: ISC */
/*
 * The invariant: before an octet of a message goes to a client, its From_ line
 * and header, from msg->start to msg->body, have been compared with the digest
 * that was listed.  Two things are compared besides:
 *
 * - If the list is not sure to describe the file (sync_is_sure), all of the
 *   message is compared before its first window is read: a program may have
 *   changed a body, or where it ends, and have left the header alone.
 *
 * - Between two windows the mailbox is not locked.  After each later window
 *   has been read under a new lock the header is compared again, so that no
 *   client gets a message made of two.  This is left out only if the file's
 *   times prove that nobody has written since the window before.
 *
 * Of a header longer than a window only both ends are compared again, because
 * a stranger who sends such mail could make us read it for each window.  All
 * of it is compared before its last octets are sent.
 */
#include <stdbool.h>

#include "base/digest.h"
#include "base/fileio.h"
#include "base/filetime.h"
#include "index/mboxrange.h"
#include "index/sync.h"
#include "maildrop/mboxfile.h"
#include "maildrop/mboxread.h"

#define WINDOW     (128 << 10)  /* octets read at once, at most */
#define LEAST      (16 << 10)   /* and at least */
#define HEADER_END (WINDOW / 2) /* octets of a long header, at each end */
#define SEPARATOR  16           /* octets, more than a blank line has */

static bool is_cached(const struct mbox_cache *c, off_t start, off_t end)
{
	return c->n > 0 && start >= c->at && end <= c->at + (off_t)c->n;
}

/*
 * Chooses how many octets to read from at on.  A client that fetches one
 * message after the other gets the next ones with this one; any other client
 * would wait for octets that it does not want.  If the list is not sure, each
 * message is compared, and read, by itself.
 */
static size_t choose_size(const struct mbox *m, uint32_t i,
                          const struct mbox_message *msg, off_t at)
{
	const struct mbox_cache *c = &m->cache;
	off_t wanted = msg->end - at + SEPARATOR;

	if (c->n > 0 && at > c->at && at <= c->at + (off_t)c->n &&
	    sync_is_sure(&m->index, i, &c->file))
		return WINDOW;
	if (wanted < LEAST)
		return LEAST;
	return wanted < WINDOW ? (size_t)wanted : WINDOW;
}

/*
 * Reads size octets from at on into the cache; for speed, from a few octets
 * before (fileio_aligned).
 */
static enum mbox_status fill_cache(struct mbox *m, off_t at, size_t size,
                                   const struct stat *now)
{
	const off_t from = at - at % FILEIO_ALIGN;
	struct mbox_cache *c = &m->cache;
	ssize_t n;

	c->file = *now;
	c->settled = !m->network && filetime_settled(filetime_of(now->st_ctim),
	                                             filetime_now());
	/* Not beyond the file's end: that would take a second call. */
	size += (size_t)(at - from);
	if (now->st_size > from && now->st_size - from < (off_t)size)
		size = (size_t)(now->st_size - from);
	n = fileio_pread(m->fd, c->octets, size, from);
	if (n <= at - from)
		return n < 0 ? MBOX_ERROR : MBOX_CHANGED;
	c->at = from;
	c->n = (size_t)n;
	return MBOX_OK;
}

static bool has_long_header(const struct mbox_message *msg)
{
	return msg->body - msg->start > WINDOW;
}

/* Compares the From_ line and the header with what was listed. */
static enum mbox_status compare_header(struct mbox *m,
                                       const struct mbox_message *msg)
{
	struct mbox_cache *c = &m->cache;
	bool same;

	if (is_cached(c, msg->start, msg->body)) {
		same = digest_of(c->octets + (msg->start - c->at),
		                 (size_t)(msg->body - msg->start)) ==
		       msg->digest;
		return same ? MBOX_OK : MBOX_CHANGED;
	}
	if (mboxrange_header(m->fd, msg, &same) < 0 ||
	    (same && has_long_header(msg) &&
	     mboxrange_header_ends(m->fd, msg, HEADER_END, &c->ends) < 0))
		return MBOX_ERROR;
	return same ? MBOX_OK : MBOX_CHANGED;
}

/*
 * Does the same after a later window has been read, from at on, if the file's
 * times are those of the window before.  settled: they would tell of a change.
 */
static enum mbox_status compare_again(struct mbox *m,
                                      const struct mbox_message *msg, off_t at,
                                      bool settled)
{
	const bool is_long = has_long_header(msg);
	uint64_t ends;

	if (is_long && at < msg->body && is_cached(&m->cache, at, msg->body))
		return compare_header(m, msg);
	if (settled)
		return MBOX_OK;
	if (!is_long)
		return compare_header(m, msg);
	if (mboxrange_header_ends(m->fd, msg, HEADER_END, &ends) < 0)
		return MBOX_ERROR;
	return ends == m->cache.ends ? MBOX_OK : MBOX_CHANGED;
}

/* Reads a window of the message into the cache and compares (see above). */
static enum mbox_status read_window(struct mbox *m, uint32_t i,
                                    const struct mbox_message *msg, off_t at)
{
	const size_t size = choose_size(m, i, msg, at);
	const bool first = at == msg->start;
	struct mbox_cache *c = &m->cache;
	struct stat now, before = c->file;
	const bool settled = c->settled;
	enum mbox_status status;
	struct range range;

	c->n = 0;
	if (!c->octets)
		c->octets = fileio_buffer(WINDOW + FILEIO_ALIGN);
	if (!c->octets)
		return MBOX_ERROR;
	status = mbox_lock(m, LOCK_SHARED, deadline_in(m->lock_timeout));
	if (status != MBOX_OK)
		return status;
	status = mbox_stat(m, &now);
	if (status == MBOX_OK && first && !sync_is_sure(&m->index, i, &now))
		status = mbox_compare(m, i, msg, &range);
	if (status == MBOX_OK)
		status = fill_cache(m, at, size, &now);
	if (status == MBOX_OK)
		status = !first && mbox_is_same(&now, &before)
		                 ? compare_again(m, msg, at, settled)
		                 : compare_header(m, msg);
	unlock_file(m->fd);
	if (status != MBOX_OK)
		c->n = 0;
	return status;
}

enum mbox_status mbox_read(struct mbox *m, uint32_t i,
                           const struct mbox_message *msg, off_t *at,
                           struct mbox_window *ret)
{
	struct mbox_cache *c = &m->cache;
	enum mbox_status status = MBOX_OK;
	struct stat now;
	off_t end;

	ret->n = 0;
	if (*at == 0) {
		/* Often the message came with the one before. */
		if (is_cached(c, msg->start, msg->end) &&
		    mbox_stat(m, &now) == MBOX_OK &&
		    mbox_is_same(&now, &c->file) &&
		    sync_is_sure(&m->index, i, &now))
			status = compare_header(m, msg);
		else
			status = read_window(m, i, msg, msg->start);
		*at = msg->text;
	}
	if (status == MBOX_OK && *at < msg->end && !is_cached(c, *at, *at + 1))
		status = read_window(m, i, msg, *at);
	if (status == MBOX_CHANGED)
		mbox_doubt(m);
	if (status != MBOX_OK || *at >= msg->end)
		return status;
	end = c->at + (off_t)c->n;
	end = end < msg->end ? end : msg->end;
	ret->buf = c->octets + (*at - c->at);
	ret->n = (size_t)(end - *at);
	*at = end;
	return MBOX_OK;
}

enum mbox_status mbox_compare(struct mbox *m, uint32_t i,
                              const struct mbox_message *msg, struct range *ret)
{
	struct mbox_message next = {.start = m->seen.st_size};
	const bool last = i + 1 >= m->index.count;
	bool same = false;

	if (!last && mbox_message_locked(m, i + 1, &next) != MBOX_OK)
		return MBOX_ERROR;
	*ret = (struct range){msg->start, next.start};
	if (mboxrange_message(m->fd, msg, last ? NULL : &next, next.start,
	                      &same) < 0)
		return MBOX_ERROR;
	return same ? MBOX_OK : MBOX_CHANGED;
}

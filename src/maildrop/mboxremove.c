/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/fileio.h"
#include "index/mboxrange.h"
#include "index/sync.h"
#include "maildrop/mboxfile.h"
#include "maildrop/mboxread.h"
#include "maildrop/mboxremove.h"
#include "update/update.h"

/* Does the mail that came after the scan, if any, start with a message? */
static enum mbox_status examine_growth(struct mbox *m, off_t size)
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
 * Collects the ranges of the messages marked in deleted, each of which must be
 * what was listed.  Neighbours become one range.
 */
static enum mbox_status find_ranges(struct mbox *m, const uint8_t *deleted,
                                    off_t size, struct range *ranges, size_t *n)
{
	enum mbox_status status = MBOX_OK;
	struct mbox_message msg;
	struct range r;
	uint32_t i;

	*n = 0;
	for (i = 0; i < m->index.count; i++) {
		if (!bitmap_has(deleted, i))
			continue;
		status = mbox_message_locked(m, i, &msg);
		if (status == MBOX_OK)
			status = mbox_compare(m, i, &msg, &r);
		if (status == MBOX_OK && i + 1 == m->index.count)
			status = examine_growth(m, size);
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
 * A message may start without a blank line before it, as if it were appended.
 * If such a message goes, the blank line at its end stays, if the next message
 * is one only because of that blank line.  *kept: a blank line stays, and may
 * now end the header of the message before it.
 */
static enum mbox_status keep_blank_lines(struct mbox *m, off_t size,
                                         struct range *ranges, size_t n,
                                         bool *kept)
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

/* Each message is what was listed. */
static enum mbox_status keep_copies(struct mbox *m, const uint8_t *deleted,
                                    const struct mboxremove_copies *to)
{
	char id[KEPTFILE_ID + 1];
	struct mbox_message msg;
	uint32_t i;

	kept_begin(to->kept);
	for (i = 0; i < m->index.count; i++) {
		if (!bitmap_has(deleted, i))
			continue;
		if (mbox_message_locked(m, i, &msg) != MBOX_OK)
			return MBOX_ERROR;
		*to->write_id(to->with, &msg, id) = '\0';
		kept_add(to->kept, m->fd, &(struct range){msg.start, msg.end},
		         id);
	}
	kept_end(to->kept);
	return MBOX_OK;
}

/* Takes the removed messages out of the list, or leaves that to a scan. */
static void update_list(struct mbox *m, const struct stat *before,
                        const struct sync_removed *removed)
{
	struct stat st;

	if (fileio_fstat(m->fd, &st) == 0)
		sync_remove(&m->index, m->fd, &st, before, removed);
	else
		mbox_doubt(m);
}

static enum mbox_status remove_locked(struct mbox *m, struct journal *j,
                                      const uint8_t *deleted,
                                      const struct mboxremove_copies *copies)
{
	enum mbox_status status;
	struct range *ranges;
	bool kept = false;
	struct stat st;
	size_t n;

	status = mbox_stat(m, &st);
	if (status != MBOX_OK)
		return status;
	ranges = calloc(m->index.count / 2 + 1UL, sizeof(*ranges));
	if (!ranges)
		return MBOX_ERROR;
	status = find_ranges(m, deleted, st.st_size, ranges, &n);
	if (status == MBOX_OK)
		status = keep_blank_lines(m, st.st_size, ranges, n, &kept);
	if (status == MBOX_OK && copies)
		status = keep_copies(m, deleted, copies);
	if (status == MBOX_OK && n > 0 &&
	    update_remove(j, m->fd, ranges, n, st.st_size) < 0)
		status = MBOX_ERROR;
	if (status == MBOX_OK)
		update_list(m, &st, &(struct sync_removed){deleted, ranges, n});
	if (kept)
		mbox_doubt(m);
	free(ranges);
	return status;
}

enum mbox_status mbox_remove(struct mbox *m, struct journal *j,
                             const uint8_t *deleted,
                             const struct mboxremove_copies *copies)
{
	enum mbox_status status;

	status = mbox_lock(m, LOCK_EXCLUSIVE, deadline_in(m->lock_timeout));
	if (status != MBOX_OK)
		return status;
	status = remove_locked(m, j, deleted, copies);
	if (status != MBOX_OK)
		mbox_doubt(m);
	unlock_file(m->fd);
	return status;
}

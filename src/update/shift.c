/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sys/random.h>

#include "base/fileio.h"
#include "update/fingerprint.h"
#include "update/shift.h"

/*
 * Octets.  A window that moves into a gap of this size is not copied to the
 * journal first: that saves more than the window's two syncs cost.
 */
#define GAP_LARGE ((off_t)1 << 20)

/* Takes the window, which has moved, off what is kept. */
static void advance_window(struct shift *m)
{
	struct record *r = &m->record;
	off_t n, left = r->window;

	for (; left > 0; left -= n) {
		n = r->kept->end - r->kept->start;
		if (n > left) {
			r->kept->start += left;
			break;
		}
		r->kept++;
		r->n--;
	}
	r->to += r->window;
	m->left -= r->window;
	r->window = 0;
}

/* Moves the window, from the journal's copy or within the mailbox. */
static int move_window(const struct shift *m)
{
	const struct record *r = &m->record;
	const struct journal *j = m->journal;
	const struct range copy = {j->data, j->data + r->window};
	const struct ranges_place to = {m->mailbox, r->to};

	if (r->kind == RECORD_COPY)
		return ranges_copy(j->fd, &copy, r->window, to, NULL);
	return ranges_copy(m->mailbox, r->kept, r->window, to, NULL);
}

int shift_redo(struct shift *m)
{
	const struct record *r = &m->record;
	int done;

	done = move_window(m);
	if (done == 0 && r->window == m->left)
		done = fileio_pwrite(m->mailbox, r->nonce, RECORD_NONCE,
		                     m->record.to + m->left);
	if (done < 0 || fileio_fdatasync(m->mailbox) < 0)
		return -1;
	advance_window(m);
	return 0;
}

/*
 * Returns how much of what is left can move into a gap before it: all of it
 * only if the marker fits, too.
 */
static off_t window_into_gap(off_t gap, off_t left)
{
	if (gap >= left + RECORD_NONCE)
		return left;
	return gap < left ? gap : left - 1;
}

_Static_assert(GAP_LARGE > RECORD_NONCE, "a window into it is never empty");

/* The gap grows with each range that goes: only the start needs copies. */
off_t shift_copied(const struct shift *m)
{
	const struct record *r = &m->record;
	off_t gap, to = r->to;
	size_t i;

	if (m->left == 0 ||
	    window_into_gap(r->kept->start - to, m->left) == m->left)
		return 0;
	for (i = 0; i < r->n; i++) {
		gap = r->kept[i].start - to;
		if (gap >= GAP_LARGE)
			break;
		to += r->kept[i].end - r->kept[i].start;
	}
	return to - r->to;
}

static void choose_window(struct shift *m)
{
	off_t copy = record_space(m->journal, m->record.n), gap = 0;
	off_t copied = shift_copied(m);

	if (m->left > 0)
		gap = window_into_gap(m->record.kept->start - m->record.to,
		                      m->left);
	if (copy > copied)
		copy = copied;
	m->record.kind = gap >= copy ? RECORD_GAP : RECORD_COPY;
	m->record.window = gap >= copy ? gap : copy;
}

/*
 * From the first record on, recovery does what the record says.  If the first
 * one cannot be synced, it may or may not be on the disk, so it is cleared.
 */
static int write_record(struct shift *m)
{
	struct fileio_failure failure;
	int done = -1;

	if (fingerprint_take(m->mailbox, &m->record) == 0)
		done = record_write(m->journal, &m->record, m->mailbox);
	if (done == 0) {
		m->committed = true;
	} else if (!m->committed) {
		failure = fileio_failure();
		record_clear(m->journal);
		(void)fileio_fail(failure);
	}
	return done;
}

int shift_cut(int mailbox, off_t size)
{
	if (fileio_ftruncate(mailbox, size) < 0)
		return -1;
	return fileio_fsync(mailbox);
}

int shift_next(struct shift *m)
{
	choose_window(m);
	return write_record(m) < 0 ? -1 : shift_redo(m);
}

int shift_finish(struct shift *m)
{
	while (m->left > 0)
		if (shift_next(m) < 0)
			return -1;
	m->record.kind = RECORD_CUT;
	m->record.n = 0;
	if (write_record(m) < 0 || shift_cut(m->mailbox, m->record.to) < 0)
		return -1;
	record_clear(m->journal);
	return 0;
}

int shift_nonce(struct record *r)
{
	return getrandom(r->nonce, sizeof(r->nonce), 0) ==
	                       (ssize_t)sizeof(r->nonce)
	               ? 0
	               : -1;
}

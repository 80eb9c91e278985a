/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/fileio.h"
#include "base/signals.h"
#include "update/shift.h"
#include "update/space.h"
#include "update/update.h"

#define LARGEST_BLOCK 65536 /* a multiple of any block of a file system */

/* Sets what is kept behind the first range that goes. */
static int set_kept(struct shift *m, const struct range *gone, size_t n)
{
	struct record *r = &m->record;
	off_t end;
	size_t i;

	m->ranges = calloc(n + 1, sizeof(*m->ranges));
	if (!m->ranges)
		return -1;
	r->to = gone[0].start;
	r->kept = m->ranges;
	for (i = 0; i < n; i++) {
		end = i + 1 < n ? gone[i + 1].start : r->size;
		if (gone[i].end < end)
			r->kept[r->n++] = (struct range){gone[i].end, end};
	}
	m->left = ranges_octets(r->kept, r->n);
	return 0;
}

/*
 * Reserves space in the journal for the last of *n ranges, as many as a record
 * can hold, and for the windows that are copied to it.  Sets *n to how many
 * ranges that are.
 */
static int reserve_journal(struct shift *m, const struct range *gone, size_t *n)
{
	size_t all = *n, fit;

	if (record_reserve(m->journal, 0, all) < 0)
		return -1;
	fit = record_ranges(m->journal);
	*n = fit < all ? fit : all;
	if (set_kept(m, gone + all - *n, *n) < 0)
		return -1;
	return record_reserve(m->journal, shift_copied(m), m->record.n);
}

/*
 * Reserves space in the mailbox for all ranges, so that none of them fails
 * later; the journal has to do with what is left.
 */
static int reserve_space(struct shift *m, const struct range *gone, size_t *n)
{
	off_t at = gone[0].start, size = m->record.size;
	off_t kept = size - at - ranges_octets(gone, *n);
	int done, held;

	held = space_make(m->mailbox, at, kept + RECORD_NONCE, size);
	if (held < 0)
		return -1;
	done = reserve_journal(m, gone, n);
	if (held > 0 && space_give_back(m->mailbox, size) < 0)
		return -1;
	return done;
}

/* Takes out the last of *n ranges, as many as one record can hold. */
static int remove_some(struct shift m, const struct range *gone, size_t *n)
{
	int done = -1;

	if (reserve_space(&m, gone, n) == 0 && shift_nonce(&m.record) == 0)
		done = fileio_fdatasync(
			m.mailbox); /* deliverers may not have */
	if (done == 0 && m.left == 0)
		done = shift_next(&m); /* nothing moves: only the marker */
	if (done == 0)
		done = shift_finish(&m);
	free(m.ranges);
	return done;
}

/* Returns -1 if RLIMIT_FSIZE would stop a write to the mailbox or a slot. */
static int check_size_limit(off_t size)
{
	struct rlimit limit = {.rlim_cur = RLIM_INFINITY}; /* the largest */
	off_t most = size > 2 * JOURNAL_SLOT ? size : 2 * JOURNAL_SLOT;

	(void)getrlimit(RLIMIT_FSIZE, &limit);
	if (limit.rlim_cur >= (rlim_t)most)
		return 0;
	errno = EFBIG;
	return -1;
}

/* Takes out n ranges, as many at a time as a record can hold. */
static int remove_all(struct journal *j, int mailbox, const struct range *gone,
                      size_t n, off_t size)
{
	struct shift m = {.journal = j, .mailbox = mailbox};
	size_t some;

	if (n == 1 && gone[0].end == size && gone[0].start % LARGEST_BLOCK == 0)
		return shift_cut(mailbox, gone[0].start); /* needs no record */
	if (ranges_octets(gone, n) < RECORD_NONCE) {
		errno = EINVAL; /* the marker does not fit: no message is as
		                   short as this */
		return -1;
	}
	if (check_size_limit(size) < 0)
		return -1;
	/* From the end, so that what is before stays where it is. */
	for (; n > 0; n -= some) {
		m.record.size = size;
		some = n;
		if (remove_some(m, gone, &some) < 0)
			return -1;
		size -= ranges_octets(gone + n - some, some);
	}
	return 0;
}

int update_remove(struct journal *j, int mailbox, const struct range *gone,
                  size_t n, off_t size)
{
	struct fileio_failure failure;
	sigset_t before;
	int done;

	signals_block(&before);
	done = remove_all(j, mailbox, gone, n, size);
	if (done < 0) {
		failure = fileio_failure();
		record_trim(j);
		(void)fileio_fail(failure);
	}
	signals_restore(&before);
	return done;
}

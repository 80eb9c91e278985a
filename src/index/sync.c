/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/bitmap.h"
#include "base/deadline.h"
#include "base/digest.h"
#include "base/fileio.h"
#include "base/filetime.h"
#include "index/duplicates.h"
#include "index/mboxrange.h"
#include "index/sync.h"

#define TAIL    64 /* octets at the end that are compared */
#define SAMPLES 32 /* messages whose headers are compared */

off_t sync_small = 1 << 20;

/* Digests the last octets before end. */
static int digest_tail(int fd, off_t end, uint64_t *ret)
{
	off_t start = end > TAIL ? end - TAIL : 0;
	char buf[TAIL];
	ssize_t n;

	n = fileio_pread(fd, buf, (size_t)(end - start), start);
	if (n < 0)
		return -1;
	*ret = digest_of(buf, (size_t)n);
	return 0;
}

/* Notes how the mailbox looks, which has been scanned up to size. */
static int note_seen(struct index *ix, int fd, const struct stat *st,
                     off_t size)
{
	uint64_t tail;

	ix->seen.inode = st->st_ino;
	ix->seen.size = size;
	ix->seen.mtime = filetime_of(st->st_mtim);
	ix->seen.ctime = filetime_of(st->st_ctim);
	if (digest_tail(fd, size, &tail) < 0)
		return -1;
	ix->seen.tail = tail;
	return 0;
}

static bool looks_unchanged(const struct index_seen *s, const struct stat *st)
{
	return s->inode == st->st_ino && s->size == st->st_size &&
	       s->mtime == filetime_of(st->st_mtim) &&
	       s->ctime == filetime_of(st->st_ctim);
}

static bool is_unchanged(const struct index_seen *s, const struct stat *st)
{
	return looks_unchanged(s, st) && filetime_settled(s->ctime, s->taken);
}

bool sync_is_sure(const struct index *ix, uint32_t i, const struct stat *st)
{
	return i >= ix->seen.sampled && is_unchanged(&ix->seen, st);
}

/* Do message i's From_ line and header stand where they did? */
static bool header_fits(struct index *ix, int fd, uint32_t i)
{
	struct mbox_message m;
	bool same;

	return index_get(ix, i, &m) == 0 &&
	       mboxrange_header(fd, &m, &same) == 0 && same;
}

/* Do those of a group's flagged messages? */
static bool group_fits(struct index *ix, int fd, uint32_t i)
{
	uint32_t end =
		ix->count - i < INDEX_GROUP ? ix->count : i + INDEX_GROUP;
	struct mbox_message m;
	bool same = true;

	for (; i < end && same; i++)
		if (index_get(ix, i, &m) < 0 ||
		    (m.flagged && mboxrange_header(fd, &m, &same) < 0))
			return false;
	return same;
}

static bool flagged_fit(struct index *ix, int fd)
{
	uint32_t i;
	int r;

	for (i = 0; i < ix->count; i += INDEX_GROUP) {
		r = index_may_have_flagged(ix, i);
		if (r < 0 || (r > 0 && !group_fits(ix, fd, i)))
			return false;
	}
	return true;
}

/* Do those of the first message, the last, and some random ones? */
static bool samples_fit(struct index *ix, int fd)
{
	uint32_t random[SAMPLES];
	int i;

	if (getrandom(random, sizeof(random), 0) != sizeof(random) ||
	    !header_fits(ix, fd, 0) || !header_fits(ix, fd, ix->count - 1))
		return false;
	for (i = 0; i < SAMPLES; i++)
		if (!header_fits(ix, fd, random[i] % ix->count))
			return false;
	return true;
}

/*
 * May the mailbox have grown without another change?  On a network file
 * system, a mailbox that looks the same may have changed.
 */
static bool may_have_grown(const struct index *ix, const struct stat *st,
                           enum sync_trust trust)
{
	const struct index_seen *s = &ix->seen;

	return ix->count > 0 && st->st_size > sync_small &&
	       s->inode == st->st_ino &&
	       (s->size < st->st_size ||
	        (trust == SYNC_CONTENT && looks_unchanged(s, st)));
}

/*
 * Has the mailbox only grown, as far as a sample tells?  If so, sets *first to
 * the first message to scan: the last one, if the new octets may belong to it,
 * or else the one behind it.
 *
 * A program that writes marks into one header shifts all messages behind it,
 * and so the last one; unless it takes as many octets out of another header,
 * but that header had marks, and is compared as it is flagged.
 */
static bool has_grown(struct index *ix, int fd, const struct stat *st,
                      uint32_t *first)
{
	uint64_t tail;
	int blank = -1;
	char next;

	*first = ix->count;
	if (digest_tail(fd, ix->seen.size, &tail) < 0 || tail != ix->seen.tail)
		return false;
	if (ix->seen.size < st->st_size &&
	    (mboxrange_blank_before(fd, ix->seen.size, &blank) < 0 ||
	     blank <= 0 || fileio_pread(fd, &next, 1, ix->seen.size) != 1 ||
	     next != 'F'))
		*first = ix->count - 1;
	return *first >= ix->hidden && samples_fit(ix, fd) &&
	       flagged_fit(ix, fd);
}

static int add_message(void *ctx, const struct mbox_message *m)
{
	struct index *ix = ctx;

	return index_put(ix, ix->count, m);
}

/* Scans the file from a place on, where a message may start. */
static enum sync scan_from(struct index *ix, int fd, off_t from, off_t end)
{
	int r = mboxrange_scan(fd, from, end, add_message, ix);

	if (r == MBOXSCAN_NOT_MBOX)
		return SYNC_NOT_MBOX;
	if (r == MBOXRANGE_SHORT)
		errno = EIO; /* the file was cut under our lock */
	return r == 0 ? SYNC_OK : SYNC_ERROR;
}

static enum sync scan_all(struct index *ix, int fd, const struct stat *st)
{
	enum sync result;
	struct duplicates before;

	duplicates_find(ix, &before);
	index_cut(ix, 0);
	result = scan_from(ix, fd, 0, st->st_size);
	if (result == SYNC_OK && duplicates_number(ix, 0, &before) < 0)
		result = SYNC_ERROR;
	duplicates_free(&before);
	return result;
}

/* Lets a message that was scanned again, and is the same, keep its number. */
static int keep_number(struct index *ix, uint32_t i,
                       const struct mbox_message *was, bool *kept)
{
	struct mbox_message m;

	if (index_get(ix, i, &m) < 0)
		return -1;
	*kept = m.uidl.high == was->uidl.high && m.uidl.low == was->uidl.low;
	m.duplicate = *kept ? was->duplicate : 0;
	return index_put(ix, i, &m);
}

/* Returns SYNC_NOT_MBOX if what was appended does not start a message. */
static enum sync scan_rest(struct index *ix, int fd, const struct stat *st,
                           uint32_t first)
{
	struct mbox_message last = {.start = ix->seen.size};
	const bool again = first < ix->count;
	const struct duplicates none = {0};
	enum sync result;
	bool kept = false;

	if (ix->seen.size == st->st_size)
		return SYNC_OK;
	if (again) { /* takes the last message out */
		if (index_get(ix, first, &last) < 0)
			return SYNC_ERROR;
		ix->octets -= last.octets;
		index_cut(ix, first);
	}
	result = scan_from(ix, fd, last.start, st->st_size);
	if (result == SYNC_OK && again &&
	    keep_number(ix, first, &last, &kept) < 0)
		result = SYNC_ERROR;
	if (result == SYNC_OK && duplicates_number(ix, first + kept, &none) < 0)
		result = SYNC_ERROR;
	return result;
}

enum sync sync_make(struct index *ix, int fd, const struct stat *st,
                    enum sync_trust trust)
{
	enum sync result = SYNC_NOT_MBOX;
	/* Programs that ignore our lock may change what has been read. */
	int64_t now = filetime_now();
	bool known, scanned = false;
	uint32_t first = 0;

	index_fit(ix, st->st_size);
	known = index_load(ix) == 0 && trust != SYNC_NOTHING;
	if (known && trust == SYNC_TIMES && is_unchanged(&ix->seen, st))
		return SYNC_OK;
	if (known && may_have_grown(ix, st, trust) &&
	    has_grown(ix, fd, st, &first))
		result = scan_rest(ix, fd, st, first);
	if (result != SYNC_OK) {
		result = scan_all(ix, fd, st);
		scanned = true;
	}
	ix->seen.sampled = scanned ? 0 : first;
	ix->seen.taken = now;
	if (result == SYNC_OK && note_seen(ix, fd, st, st->st_size) < 0)
		result = SYNC_ERROR;
	/* What was saved before is not the mailbox, or only its start. */
	if (result == SYNC_OK && index_save(ix) < 0 && scanned)
		index_void(ix);
	return result;
}

/* Returns the octets of the ranges before a place, from *next on. */
static off_t removed_before(off_t at, const struct range **next,
                            const struct range *end)
{
	off_t octets = 0;

	for (; *next < end && (*next)->start < at; ++*next)
		octets += (*next)->end - (*next)->start;
	return octets;
}

/*
 * Takes the removed messages out of the index, and moves those behind them.
 * Sets *octets to the octets of all ranges.  Returns 0, or -1 with errno.
 */
static int take_removed_out(struct index *ix, const struct sync_removed *r,
                            off_t *octets)
{
	const struct range *next = r->ranges, *const end = next + r->n;
	struct mbox_message m;
	uint32_t i, to = 0;

	*octets = 0;
	for (i = 0; i < ix->count; i++) {
		if (index_get(ix, i, &m) < 0)
			return -1;
		if (bitmap_has(r->gone, i)) {
			ix->octets -= m.octets;
			continue;
		}
		*octets += removed_before(m.start, &next, end);
		if (*octets > 0) {
			m.start -= *octets;
			m.text -= *octets;
			m.body -= *octets;
			m.end -= *octets;
			if (index_put(ix, to, &m) < 0)
				return -1;
		}
		to++;
	}
	*octets += removed_before(ix->seen.size, &next, end);
	index_cut(ix, to);
	return 0;
}

static int note_internal(void *ctx, const struct mbox_message *m)
{
	*(bool *)ctx = m->internal;
	return 0;
}

/* Is the mail that is the first now told from the pseudo message? */
static bool first_is_mail(struct index *ix, int fd)
{
	struct mbox_message m;
	bool internal = true;

	return index_get(ix, 0, &m) == 0 &&
	       mboxrange_scan(fd, 0, m.body, note_internal, &internal) == 0 &&
	       !internal;
}

/*
 * Waits until a change would give the mailbox other times, but not for a small
 * one, which is scanned in less time.  Returns the time.
 */
static int64_t wait_until_settled(const struct stat *st)
{
	if (st->st_size > sync_small &&
	    !filetime_settled(filetime_of(st->st_ctim), filetime_now()))
		deadline_sleep_until(deadline_now() + FILETIME_SETTLES);
	return filetime_now();
}

void sync_remove(struct index *ix, int fd, const struct stat *st,
                 const struct stat *before, const struct sync_removed *removed)
{
	off_t octets;

	if (before->st_size > ix->seen.size)
		ix->seen.sampled = ix->count;
	else if (!is_unchanged(&ix->seen, before))
		index_void(ix);
	ix->seen.taken = wait_until_settled(st);
	/* What was saved before still has what was removed. */
	if (take_removed_out(ix, removed, &octets) < 0 ||
	    (ix->count > 0 && bitmap_has(removed->gone, 0) &&
	     !first_is_mail(ix, fd)) ||
	    note_seen(ix, fd, st, ix->seen.size - octets) < 0 ||
	    index_save(ix) < 0)
		index_void(ix);
}

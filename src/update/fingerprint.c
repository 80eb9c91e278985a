/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/digest.h"
#include "base/fileio.h"
#include "update/fingerprint.h"

#define SAMPLE      64 /* octets of each place that a fingerprint has */
#define START       40 /* octets at the mailbox's start: its From_ line */
#define KEPT_PLACES 32 /* places in what is to be moved */
#define MOVED_LAST  (64 << 10) /* octets moved last, of which it has all */

/* Adds the octets from start to end, but at most SAMPLE. */
static int add_sample(struct digest *d, int fd, off_t start, off_t end)
{
	end = end - start < SAMPLE ? end : start + SAMPLE;
	return digest_add_file(d, fd, start, end) < 0 ? -1 : 0;
}

/*
 * Adds places between start and end, each twice as far from end as the one
 * before it: what is near end differs most likely, but may be all alike.
 */
static int add_samples_back(struct digest *d, int fd, off_t start, off_t end)
{
	off_t n = end - start, back;

	for (back = n < SAMPLE ? n : SAMPLE; back > 0 && back <= n; back *= 2)
		if (add_sample(d, fd, end - back, end) < 0)
			return -1;
	return 0;
}

/*
 * Adds what was moved.  Messages that a program sends may differ only in one
 * number, which the places further back may all miss; so the last octets moved
 * are added whole.
 */
static int add_moved(struct digest *d, int fd, off_t to)
{
	if (digest_add_file(d, fd, to > MOVED_LAST ? to - MOVED_LAST : 0, to) <
	    0)
		return -1;
	return add_samples_back(d, fd, 0, to);
}

/* Adds places all over what stays in place while the window moves. */
static int add_kept(struct digest *d, int mailbox, const struct record *r)
{
	size_t i, step = r->n / KEPT_PLACES + 1;
	off_t at = 0, start, end;

	for (i = 0; i < r->n; i++, at = end) {
		start = r->kept[i].start;
		end = at + r->kept[i].end - start;
		/* The first that stays is the first to be overwritten later. */
		if (i % step != 0 && (r->window < at || r->window >= end))
			continue;
		if (at < r->window && r->kind == RECORD_COPY)
			start += r->window - at; /* it may be overwritten */
		if (add_sample(d, mailbox, start, r->kept[i].end) < 0)
			return -1;
	}
	return 0;
}

/* Returns the marker's end; only the cut changes what is behind it. */
static off_t end_of_marker(const struct record *r)
{
	return r->to + ranges_octets(r->kept, r->n) + RECORD_NONCE;
}

/*
 * Digests the mailbox's start, what was moved, what is to be moved, and its
 * end.  That tells the mailbox, as it is between two windows, from others and
 * from one that was rewritten.  The window and the marker are written to none
 * of these places; while the mailbox is being cut its end may change.
 */
static int digest_places(int mailbox, const struct record *r, uint64_t *ret)
{
	off_t behind = r->kind == RECORD_CUT ? r->size : end_of_marker(r);
	struct digest *d;
	int done = -1;

	d = digest_new();
	if (!d)
		return -1;
	if (add_sample(d, mailbox, 0, r->to < START ? r->to : START) == 0 &&
	    add_moved(d, mailbox, r->to) == 0 &&
	    add_samples_back(d, mailbox, behind, r->size) == 0)
		done = add_kept(d, mailbox, r);
	*ret = digest_end(d);
	digest_free(d);
	return done;
}

/*
 * Reads the mailbox's last octets, behind the marker.  Returns how many there
 * are, or -1 with errno.
 */
static ssize_t read_tail(int mailbox, const struct record *r,
                         char buf[static RECORD_TAIL])
{
	off_t end = r->size, start = end - RECORD_TAIL;
	off_t behind = end_of_marker(r);

	if (start < behind)
		start = behind;
	return fileio_pread(mailbox, buf, (size_t)(end - start), start);
}

/*
 * Sets *ret to whether the file's old end is as it was, and a message starts
 * behind it if the file has grown.  If the file was being cut, octets of its
 * end may be zeros.  Returns 0, or -1 with errno.
 */
static int end_fits(int mailbox, const struct record *r, off_t size, bool *ret)
{
	char tail[RECORD_TAIL], start[5];
	ssize_t n, i = 0, arrived = 0;

	n = read_tail(mailbox, r, tail);
	if (n >= 0 && size > r->size)
		arrived = fileio_pread(mailbox, start, 5, r->size);
	if (n < 0 || arrived < 0)
		return -1;
	while (i < n && (tail[i] == r->tail[i] ||
	                 (r->kind == RECORD_CUT && tail[i] == '\0')))
		i++;
	*ret = i == n && (arrived == 0 || start[0] == '\n' ||
	                  (arrived == 5 && memcmp(start, "From ", 5) == 0));
	return 0;
}

int fingerprint_take(int mailbox, struct record *r)
{
	if (read_tail(mailbox, r, r->tail) < 0)
		return -1;
	return digest_places(mailbox, r, &r->fingerprint);
}

int fingerprint_fits(int mailbox, const struct record *r, off_t size, bool *ret)
{
	uint64_t now;

	if (digest_places(mailbox, r, &now) < 0 ||
	    end_fits(mailbox, r, size, ret) < 0)
		return -1;
	*ret = *ret && now == r->fingerprint;
	return 0;
}

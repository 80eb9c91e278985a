#include <string.h>

#include "base/digest.h"
#include "base/fileio.h"
#include "update/fingerprint.h"

#define SAMPLE  64         /* octets of each place a fingerprint looks at */
#define HEAD    40         /* the same at the mailbox's start: its From_ line */
#define SAMPLES 32         /* places it looks at among what is to be moved */
#define LAST    (64 << 10) /* octets moved last, looked at whole */

/* Adds up to SAMPLE octets from start on, but not past end. */
static int sample(struct digest *d, int fd, off_t start, off_t end)
{
	end = end - start < SAMPLE ? end : start + SAMPLE;
	return digest_add_file(d, fd, start, end) < 0 ? -1 : 0;
}

/*
 * Places ever further back from end: each twice as far as the one before it.
 * What is near differs most likely, but may be dull.
 */
static int sample_back(struct digest *d, int fd, off_t start, off_t end)
{
	off_t n = end - start, back;

	for (back = n < SAMPLE ? n : SAMPLE; back > 0 && back <= n; back *= 2)
		if (sample(d, fd, end - back, end) < 0)
			return -1;
	return 0;
}

/*
 * What was moved.  Mail of a machine may have messages that are alike but for
 * a number: that is in none of the places further back, but once in each
 * message.
 */
static int sample_moved(struct digest *d, int fd, off_t to)
{
	if (digest_add_file(d, fd, to > LAST ? to - LAST : 0, to) < 0)
		return -1;
	return sample_back(d, fd, 0, to);
}

/* Places spread over what stays in place while the window moves. */
static int sample_kept(struct digest *d, int mailbox, const struct record *r)
{
	size_t i, step = r->n / SAMPLES + 1;
	off_t at = 0, start, end;

	for (i = 0; i < r->n; i++, at = end) {
		start = r->kept[i].start;
		end = at + r->kept[i].end - start;
		/* The first that stays is the first to be overwritten later. */
		if (i % step != 0 && (r->window < at || r->window >= end))
			continue;
		if (at < r->window && r->kind == RECORD_COPY)
			start += r->window - at; /* it may be overwritten */
		if (sample(d, mailbox, start, r->kept[i].end) < 0)
			return -1;
	}
	return 0;
}

/* Where what is behind the marker starts: nothing changes it but the cut. */
static off_t end_of_marker(const struct record *r)
{
	return r->to + record_octets(r->kept, r->n) + RECORD_NONCE;
}

/*
 * Tells this mailbox, as it stands between the windows, from others and from
 * one that somebody has rewritten: by its start, by what was moved, by what
 * is to be moved, and by its end.  None of that is what the window or the
 * marker is written to; and while the mailbox is cut its end may change.
 */
static int fingerprint(int mailbox, const struct record *r, uint64_t *ret)
{
	off_t behind = r->kind == RECORD_CUT ? r->size : end_of_marker(r);
	struct digest *d;
	int done = -1;

	d = digest_new();
	if (!d)
		return -1;
	if (sample(d, mailbox, 0, r->to < HEAD ? r->to : HEAD) == 0 &&
	    sample_moved(d, mailbox, r->to) == 0 &&
	    sample_back(d, mailbox, behind, r->size) == 0)
		done = sample_kept(d, mailbox, r);
	*ret = digest_end(d);
	digest_free(d);
	return done;
}

/*
 * And by its last octets, behind the marker.  Returns how many there are in
 * buf, or -1 with errno.
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

/* Does what stands there start a message, as a deliverer appends one? */
static bool starts_message(const char *start, ssize_t n)
{
	return start[0] == '\n' || (n == 5 && memcmp(start, "From ", 5) == 0);
}

/*
 * Does the file end as it did, with whole messages behind it?  If it was
 * being cut, octets of its end may be zeros.
 */
static int fits_end(int mailbox, const struct record *r, off_t size, bool *ret)
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
	*ret = i == n && (arrived == 0 || starts_message(start, arrived));
	return 0;
}

int fingerprint_take(int mailbox, struct record *r)
{
	if (read_tail(mailbox, r, r->tail) < 0)
		return -1;
	return fingerprint(mailbox, r, &r->fingerprint);
}

int fingerprint_fits(int mailbox, const struct record *r, off_t size, bool *ret)
{
	uint64_t now;

	if (fingerprint(mailbox, r, &now) < 0 ||
	    fits_end(mailbox, r, size, ret) < 0)
		return -1;
	*ret = *ret && now == r->fingerprint;
	return 0;
}

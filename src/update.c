#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calls.h"
#include "digest.h"
#include "room.h"
#include "update.h"

#define PIECE       65536
#define SAMPLE      64    /* octets of each place a fingerprint looks at */
#define BLOCK       65536 /* a multiple of any block of a file system */
#define GAP_WINDOWS 10    /* a window costs two syncs */
#define HEAD        40    /* the same at the mailbox's start: its From_ line */
#define SAMPLES     32    /* places it looks at among what is to be moved */

/* An update under way; record.kept is the rest of ranges. */
struct update {
	struct journal *journal;
	int mailbox;
	struct record record;
	struct range *ranges; /* ours to free */
	off_t left;           /* octets in record.kept */
	bool committed;       /* a record of it is on the disk */
};

/* Where what is kept will end. */
static off_t new_size(const struct update *u)
{
	return u->record.to + u->left;
}

static off_t octets_of(const struct range *r, size_t n)
{
	off_t sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += r[i].end - r[i].start;
	return sum;
}

/* Adds up to SAMPLE octets from start on, but not past end. */
static int sample(struct digest *d, int fd, off_t start, off_t end)
{
	char buf[SAMPLE];
	ssize_t n;

	if (end <= start)
		return 0;
	n = calls_pread(fd, buf,
	                end - start < SAMPLE ? (size_t)(end - start) : SAMPLE,
	                start);
	if (n > 0)
		digest_add(d, buf, (size_t)n);
	return n < 0 ? -1 : 0;
}

/* Places spread over what stays in place while the window moves. */
static int sample_kept(struct digest *d, const struct update *u)
{
	const struct record *r = &u->record;
	size_t i, step = r->n / SAMPLES + 1;
	off_t at = 0, start;

	for (i = 0; i < r->n; at += r->kept[i].end - r->kept[i].start, i++) {
		start = r->kept[i].start;
		if (at < r->window && r->kind == RECORD_COPY)
			start += r->window - at; /* it may be overwritten */
		if (i % step == 0 &&
		    sample(d, u->mailbox, start, r->kept[i].end) < 0)
			return -1;
	}
	return 0;
}

/*
 * Tells this mailbox, as it stands between the windows, from others and from
 * one that somebody has rewritten: by its start, by what was moved last, and
 * by what is to be moved.  None of that is what the window or the marker is
 * written to.
 */
static int fingerprint(const struct update *u, uint64_t *ret)
{
	const struct record *r = &u->record;
	struct digest *d;
	int done = -1;

	d = digest_new();
	if (!d)
		return -1;
	if (sample(d, u->mailbox, 0, r->to < HEAD ? r->to : HEAD) == 0 &&
	    sample(d, u->mailbox, r->to < SAMPLE ? 0 : r->to - SAMPLE, r->to) ==
	            0)
		done = sample_kept(d, u);
	*ret = digest_end(d);
	digest_free(d);
	return done;
}

/*
 * And by its last octets, behind the marker.  Returns how many there are in
 * buf, or -1 with errno.
 */
static ssize_t read_tail(const struct update *u, char buf[static RECORD_TAIL])
{
	off_t end = u->record.size, start = end - RECORD_TAIL;

	if (start < new_size(u) + RECORD_NONCE)
		start = new_size(u) + RECORD_NONCE;
	if (start >= end)
		return 0;
	return calls_pread(u->mailbox, buf, (size_t)(end - start), start);
}

/* Moves n octets of one file to another, or to a lower place of the same. */
static int move(int from, off_t at, int to, off_t where, off_t n)
{
	static char buf[PIECE];
	ssize_t got;

	for (; n > 0; at += got, where += got, n -= got) {
		got = calls_pread(from, buf, n < PIECE ? (size_t)n : PIECE, at);
		if (got == 0)
			errno = EIO; /* the file was cut under our lock */
		if (got <= 0 || calls_pwrite(to, buf, (size_t)got, where) < 0)
			return -1;
	}
	return 0;
}

/* The window is done with: takes it off what is kept. */
static void advance(struct update *u)
{
	struct record *r = &u->record;
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
	u->left -= r->window;
	r->window = 0;
}

/* Moves the window out of the mailbox itself, where it stays intact. */
static int move_gap(const struct update *u)
{
	const struct record *r = &u->record;
	off_t to = r->to, left = r->window, n;
	const struct range *k;

	for (k = r->kept; left > 0; k++, to += n, left -= n) {
		n = k->end - k->start < left ? k->end - k->start : left;
		if (move(u->mailbox, k->start, u->mailbox, to, n) < 0)
			return -1;
	}
	return 0;
}

/* Does what the record on the disk says; doing it again does no harm. */
static int move_window(struct update *u)
{
	const struct record *r = &u->record;
	int done;

	if (r->kind == RECORD_COPY)
		done = move(u->journal->fd, u->journal->data, u->mailbox, r->to,
		            r->window);
	else
		done = move_gap(u);
	if (done == 0 && r->window == u->left)
		done = calls_pwrite(u->mailbox, r->nonce, RECORD_NONCE,
		                    new_size(u));
	if (done < 0 || calls.fdatasync(u->mailbox) < 0)
		return -1;
	advance(u);
	return 0;
}

/*
 * How much can move into a gap before what is kept?  All of it, if room for
 * the marker remains; else not all.
 */
static off_t gap_window(off_t gap, off_t left)
{
	if (gap >= left + RECORD_NONCE)
		return left;
	return gap < left ? gap : left - 1;
}

/* The place n octets on from a place in *k, in what is kept. */
static off_t further(const struct range **k, off_t from, off_t n)
{
	while (n > 0 && n >= (*k)->end - from) {
		n -= (*k)->end - from;
		from = (++*k)->start;
	}
	return from + n;
}

/*
 * If all that is left moves into the gap, which grows, are few windows
 * enough?  Then it is written once, and not to the journal too.
 */
static bool gap_is_enough(const struct update *u)
{
	const struct range *k = u->record.kept;
	off_t to = u->record.to, left = u->left, from = k->start, window;
	int i;

	for (i = 0; i < GAP_WINDOWS && left > 0; i++) {
		window = gap_window(from - to, left);
		from = further(&k, from, window);
		to += window;
		left -= window;
	}
	return left == 0;
}

static void choose_window(struct update *u)
{
	off_t room = record_room(u->journal, u->record.n), gap = 0;

	if (u->left > 0)
		gap = gap_window(u->record.kept->start - u->record.to, u->left);
	if (room > u->left)
		room = u->left;
	if (gap >= room || gap_is_enough(u)) {
		u->record.kind = RECORD_GAP;
		u->record.window = gap;
	} else {
		u->record.kind = RECORD_COPY;
		u->record.window = room;
	}
}

/*
 * From the first record on, recovery does what it says.  If that one cannot
 * be synced, nobody knows whether it is there: another takes it back.
 */
static int write_record(struct update *u)
{
	int done = -1, saved;

	if (read_tail(u, u->record.tail) >= 0 &&
	    fingerprint(u, &u->record.fingerprint) == 0)
		done = record_write(u->journal, &u->record, u->mailbox);
	if (done == 0) {
		u->committed = true;
	} else if (!u->committed) {
		saved = errno;
		record_clear(u->journal);
		errno = saved;
	}
	return done;
}

/* Takes back the end of the file, at once and for good. */
static int cut(int mailbox, off_t size)
{
	if (calls.ftruncate(mailbox, size) < 0)
		return -1;
	return calls.fsync(mailbox);
}

static int next_window(struct update *u)
{
	choose_window(u);
	return write_record(u) < 0 ? -1 : move_window(u);
}

/* Moves what is left, window by window, and cuts the mailbox. */
static int finish(struct update *u)
{
	while (u->left > 0)
		if (next_window(u) < 0)
			return -1;
	u->record.kind = RECORD_CUT;
	u->record.n = 0;
	if (write_record(u) < 0 || cut(u->mailbox, u->record.to) < 0)
		return -1;
	record_clear(u->journal);
	return 0;
}

static int new_nonce(struct record *r)
{
	return getrandom(r->nonce, sizeof(r->nonce), 0) ==
	                       (ssize_t)sizeof(r->nonce)
	               ? 0
	               : -1;
}

/* What stays behind the first range that goes. */
static int find_kept(struct update *u, const struct range *gone, size_t n)
{
	struct record *r = &u->record;
	off_t end;
	size_t i;

	u->ranges = calloc(n + 1, sizeof(*u->ranges));
	if (!u->ranges)
		return -1;
	r->kept = u->ranges;
	for (i = 0; i < n; i++) {
		end = i + 1 < n ? gone[i + 1].start : r->size;
		if (gone[i].end < end)
			r->kept[r->n++] = (struct range){gone[i].end, end};
	}
	u->left = octets_of(r->kept, r->n);
	return 0;
}

/* Room in the journal for windows, if they are to be copied to it. */
static int reserve(const struct update *u)
{
	if (gap_is_enough(u))
		return 0;
	return record_reserve(u->journal, u->left, u->record.n);
}

/* Takes out as many ranges as one record can hold. */
static int remove_some(struct journal *j, int mailbox, const struct range *gone,
                       size_t n, off_t size)
{
	struct update u = {.journal = j, .mailbox = mailbox};
	int done = -1;

	u.record.to = gone[0].start;
	u.record.size = size;
	if (find_kept(&u, gone, n) == 0 && reserve(&u) == 0 &&
	    room_make(mailbox, u.record.to, u.left + RECORD_NONCE, size) == 0 &&
	    new_nonce(&u.record) == 0)
		done = calls.fdatasync(mailbox); /* others may not have */
	if (done == 0 && u.left == 0)
		done = next_window(&u); /* nothing moves: only the marker */
	if (done == 0)
		done = finish(&u);
	free(u.ranges);
	return done;
}

/* Would a write below this size fail half way? */
static int check_limit(off_t size)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) < 0)
		return -1;
	if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < (rlim_t)size) {
		errno = EFBIG;
		return -1;
	}
	return 0;
}

/* Of n ranges, as many at a time as a record can hold. */
static int remove_all(struct journal *j, int mailbox, const struct range *gone,
                      size_t n, off_t size)
{
	size_t fit;

	if (n == 1 && gone[0].end == size && gone[0].start % BLOCK == 0)
		return cut(mailbox, gone[0].start); /* needs no record */
	if (octets_of(gone, n) < RECORD_NONCE) {
		errno = EINVAL; /* no room for the marker; no message is so
		                   short */
		return -1;
	}
	if (check_limit(size) < 0)
		return -1;
	/* From the end, so that what is before stays where it is. */
	for (; n > 0; n -= fit) {
		if (record_reserve(j, 0, n) < 0)
			return -1;
		fit = record_ranges(j);
		fit = fit < n ? fit : n;
		if (remove_some(j, mailbox, gone + n - fit, fit, size) < 0)
			return -1;
		size -= octets_of(gone + n - fit, fit);
	}
	return 0;
}

/*
 * A signal that ends the process must wait: what it would leave behind is
 * finished by recovery, but others may look at the mailbox before.
 */
static void block_signals(sigset_t *before)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, before);
}

static void restore_signals(const sigset_t *before)
{
	int saved = errno;

	(void)sigprocmask(SIG_SETMASK, before, NULL);
	errno = saved;
}

int update_remove(struct journal *j, int mailbox, const struct range *gone,
                  size_t n, off_t size)
{
	sigset_t before;
	int done;

	block_signals(&before);
	done = remove_all(j, mailbox, gone, n, size);
	restore_signals(&before);
	return done;
}

/*
 * All was moved.  Is the mailbox still to be cut?  A power cut while it was
 * may leave the old size, with octets up to the end of the block zeros (ext4,
 * xfs), so each octet of the marker may be one.
 */
static int find_marker(const struct update *u, off_t size, bool *ret)
{
	uint8_t marker[RECORD_NONCE];
	ssize_t n, i = 0;

	n = calls_pread(u->mailbox, marker, sizeof(marker), u->record.to);
	if (n < 0)
		return -1;
	while (i < n && (marker[i] == u->record.nonce[i] || marker[i] == 0))
		i++;
	*ret = i == RECORD_NONCE && size >= u->record.size;
	return 0;
}

/*
 * It was cut, perhaps long ago: what the journal knew since need not have
 * reached the disk.  There is nothing to finish, and the record holds no mail.
 */
static enum recovery forget_cut(struct update *u)
{
	if (calls.fsync(u->mailbox) < 0)
		return RECOVERY_ERROR;
	record_clear(u->journal);
	return RECOVERY_NOTHING;
}

/* Mail that came since is kept, too. */
static void keep_arrived(struct update *u, off_t size)
{
	struct record *r = &u->record;

	if (r->n > 0 && r->kept[r->n - 1].end == r->size)
		r->kept[r->n - 1].end = size;
	else
		r->kept[r->n++] = (struct range){r->size, size};
	u->left += size - r->size;
	r->size = size;
}

static int finish_cut(struct update *u, off_t size)
{
	struct record *r = &u->record;

	if (size > r->size) {
		keep_arrived(u, size);
		if (record_reserve(u->journal, u->left, 1) < 0 ||
		    new_nonce(r) < 0 || calls.fdatasync(u->mailbox) < 0)
			return -1;
	}
	return finish(u);
}

static int finish_window(struct update *u, off_t size)
{
	struct record *r = &u->record;

	if (size > r->size) {
		keep_arrived(u, size);
		if (new_nonce(r) < 0 || calls.fdatasync(u->mailbox) < 0)
			return -1;
	}
	/* The journal's areas stay where they are: see record_read. */
	return move_window(u) < 0 ? -1 : finish(u);
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
static int fits_end(const struct update *u, off_t size, bool *ret)
{
	const struct record *r = &u->record;
	char tail[RECORD_TAIL], start[5];
	ssize_t n, i = 0, arrived = 0;

	n = read_tail(u, tail);
	if (n >= 0 && size > r->size)
		arrived = calls_pread(u->mailbox, start, 5, r->size);
	if (n < 0 || arrived < 0)
		return -1;
	while (i < n && (tail[i] == r->tail[i] ||
	                 (r->kind == RECORD_CUT && tail[i] == '\0')))
		i++;
	*ret = i == n && (arrived == 0 || starts_message(start, arrived));
	return 0;
}

/* Is the mailbox the one the record is about, as it was then? */
static enum recovery judge(struct update *u, off_t size)
{
	bool marked = true, fits;
	uint64_t now;

	if (u->record.kind == RECORD_CUT && find_marker(u, size, &marked) < 0)
		return RECOVERY_ERROR;
	if (!marked)
		return forget_cut(u);
	if (size < u->record.size)
		return RECOVERY_FOREIGN;
	if (fingerprint(u, &now) < 0 || fits_end(u, size, &fits) < 0)
		return RECOVERY_ERROR;
	return fits && now == u->record.fingerprint ? RECOVERY_DONE
	                                            : RECOVERY_FOREIGN;
}

static enum recovery recover(struct update *u)
{
	enum recovery result;
	struct stat st;
	int done;

	if (u->mailbox < 0)
		return RECOVERY_FOREIGN;
	if (calls.fstat(u->mailbox, &st) < 0)
		return RECOVERY_ERROR;
	u->left = octets_of(u->record.kept, u->record.n);
	result = judge(u, st.st_size);
	if (result != RECOVERY_DONE)
		return result;
	done = u->record.kind == RECORD_CUT ? finish_cut(u, st.st_size)
	                                    : finish_window(u, st.st_size);
	return done < 0 ? RECOVERY_ERROR : RECOVERY_DONE;
}

static enum recovery read_and_recover(struct update *u)
{
	enum recovery result = RECOVERY_NOTHING;

	if (record_read(u->journal, &u->record) < 0)
		return errno == EBADMSG ? RECOVERY_FOREIGN : RECOVERY_ERROR;
	u->ranges = u->record.kept;
	if (u->record.kind != RECORD_IDLE)
		result = recover(u);
	free(u->ranges);
	return result;
}

enum recovery update_recover(struct journal *j, int mailbox)
{
	struct update u = {.journal = j, .mailbox = mailbox, .committed = true};
	enum recovery result;
	sigset_t before;

	block_signals(&before);
	result = read_and_recover(&u);
	restore_signals(&before);
	return result;
}

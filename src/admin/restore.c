/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <linux/falloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "admin/restore.h"

#include "admin/asciitext.h"
#include "base/deadline.h"
#include "base/digest.h"
#include "base/fileio.h"
#include "base/lock.h"
#include "base/signals.h"
#include "config/options.h"
#include "maildrop/mbox.h"
#include "update/keptfile.h"
#include "update/ranges.h"

/* A copy that was asked for. */
struct wanted {
	struct keptfile_copy copy;
	bool there; /* it is left out */
};

/* A restoration at work. */
struct work {
	const struct restore *given;
	struct maildrop *maildrop;
	int mailbox;
	struct wanted *list; /* in the file's order */
	struct wanted **by;  /* the same by octets, digest and id */
	size_t n, space;
	struct restore_result result;
};

static int end_with(struct work *w, const char *problem)
{
	w->result.recovery = (uint32_t)w->maildrop->recovery;
	(void)snprintf(w->result.problem, sizeof(w->result.problem), "%s",
	               problem ? problem : "");
	return fileio_pwrite(COPIES_OUT, &w->result, sizeof(w->result), 0) < 0;
}

static int end_with_errno(struct work *w, const char *step)
{
	char problem[RESTORE_PROBLEM];

	(void)snprintf(problem, sizeof(problem), "%s: %s", step,
	               strerrordesc_np(errno));
	return end_with(w, problem);
}

static off_t octets_of(const struct keptfile_copy *c)
{
	return c->message.end - c->message.start;
}

/* Is the copy asked for?  Notes in seen which id it has. */
static bool is_wanted(const struct restore *r, const struct keptfile_copy *c,
                      bool *seen)
{
	bool wanted = !r->ids[0];
	size_t i;

	if (c->time < r->since)
		return false;
	for (i = 0; r->ids[i]; i++)
		if (strcmp(r->ids[i], c->id) == 0)
			wanted = seen[i] = true;
	return wanted;
}

/* Returns 0, or -1 with errno. */
static int add_wanted(struct work *w, const struct keptfile_copy *c)
{
	struct wanted *more;

	if (w->n == w->space) {
		w->space = w->space * 2 + 64;
		more = reallocarray(w->list, w->space, sizeof(*more));
		if (!more)
			return -1;
		w->list = more;
	}
	w->list[w->n++] = (struct wanted){.copy = *c};
	return 0;
}

/* Takes a copy if it is asked for and whole.  Returns 0, or -1 with errno. */
static int take_copy(struct work *w, const struct keptfile_copy *c, bool *seen)
{
	int whole;

	if (!is_wanted(w->given, c, seen))
		return 0;
	whole = keptfile_is_whole(COPIES_IN, c);
	w->result.damaged += whole == 0;
	return whole > 0 ? add_wanted(w, c) : whole;
}

static uint32_t first_unseen(const struct restore *r, const bool *seen)
{
	uint32_t i;

	for (i = 0; r->ids[i]; i++)
		if (!seen[i])
			return i + 1;
	return 0;
}

/* Returns 0, or -1 with errno. */
static int read_copies(struct work *w)
{
	off_t at = KEPTFILE_FIRST;
	struct keptfile_copy c;
	int found = 1;
	struct stat st;
	bool *seen;
	size_t ids = 0;

	while (w->given->ids[ids])
		ids++;
	seen = calloc(ids + 1, sizeof(*seen));
	if (!seen || fileio_fstat(COPIES_IN, &st) < 0)
		found = -1;
	while (found == 1) {
		found = keptfile_next(COPIES_IN, st.st_size, at, &c);
		if (found == 1 && take_copy(w, &c, seen) < 0)
			found = -1;
		at = c.message.end;
	}
	if (found == 0)
		w->result.unknown = first_unseen(w->given, seen);
	free(seen);
	return found;
}

/* A number below, equal to or above 0, by octets and digest. */
static int compare_messages(const struct keptfile_copy *a, off_t octets,
                            uint64_t digest)
{
	if (octets_of(a) != octets)
		return octets_of(a) < octets ? -1 : 1;
	return a->digest == digest ? 0 : a->digest < digest ? -1 : 1;
}

static int compare_wanted(const void *a, const void *b)
{
	const struct wanted *const *x = a, *const *y = b;
	const struct keptfile_copy *other = &(*y)->copy;
	int order;

	order = compare_messages(&(*x)->copy, octets_of(other), other->digest);
	if (order == 0)
		order = strcmp((*x)->copy.id, other->id);
	if (order == 0)
		order = *x < *y ? -1 : 1;
	return order;
}

/* Leaves out all but the first of copies of the same octets and id. */
static int sort_wanted(struct work *w)
{
	size_t i;

	w->by = calloc(w->n + 1, sizeof(struct wanted *));
	if (!w->by)
		return -1;
	for (i = 0; i < w->n; i++)
		w->by[i] = &w->list[i];
	qsort(w->by, w->n, sizeof(struct wanted *), compare_wanted);
	for (i = 1; i < w->n; i++)
		w->by[i]->there =
			octets_of(&w->by[i]->copy) ==
				octets_of(&w->by[i - 1]->copy) &&
			w->by[i]->copy.digest == w->by[i - 1]->copy.digest &&
			strcmp(w->by[i]->copy.id, w->by[i - 1]->copy.id) == 0;
	return 0;
}

/* Returns the first in the order that is not below. */
static size_t find_wanted(const struct work *w, off_t octets, uint64_t digest)
{
	size_t low = 0, high = w->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_messages(&w->by[middle]->copy, octets, digest) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Sets *ret to the message's digest.  Returns 0, or -1 with errno. */
static int digest_message(const struct work *w, const struct mbox_message *m,
                          uint64_t *ret)
{
	struct digest *d = digest_new();
	off_t n;

	if (!d)
		return -1;
	n = digest_add_file(d, w->mailbox, m->start, m->end);
	*ret = digest_end(d);
	digest_free(d);
	return n < 0 ? -1 : 0;
}

/* Leaves out what a message of the mailbox is.  Returns 0, or -1 with errno. */
static int compare_message(struct work *w, const struct mbox_message *m)
{
	const off_t octets = m->end - m->start;
	uint64_t digest;
	size_t i;

	i = find_wanted(w, octets, 0);
	if (i == w->n || octets_of(&w->by[i]->copy) != octets)
		return 0;
	if (digest_message(w, m, &digest) < 0)
		return -1;
	for (i = find_wanted(w, octets, digest);
	     i < w->n && octets_of(&w->by[i]->copy) == octets &&
	     w->by[i]->copy.digest == digest;
	     i++)
		w->by[i]->there = true;
	return 0;
}

/* Returns NULL, or the problem in words. */
static const char *compare_mailbox(struct work *w)
{
	struct maildrop_message m;
	uint32_t i;

	for (i = 1; w->n > 0 && i <= w->maildrop->count; i++) {
		if (maildrop_message(w->maildrop, i, &m) != MAILDROP_OK)
			return w->maildrop->problem;
		if (compare_message(w, &m.listed) < 0)
			return strerrordesc_np(errno);
	}
	return NULL;
}

/*
 * Writes the line ends that make a blank line behind the text that ends at a
 * place of a file, to a place of the mailbox.  Returns their octets, or -1 with
 * errno.
 */
static int write_blank_line(struct work *w, int fd, struct range text, off_t to)
{
	char last[3] = "";
	off_t n = text.end - text.start;
	int missing = 2;

	n = n < 3 ? n : 3;
	if (n > 0 &&
	    fileio_pread(fd, last + 3 - n, (size_t)n, text.end - n) != n)
		return -1;
	if (last[2] == '\n')
		missing =
			last[1] == '\n' || (last[1] == '\r' && last[0] == '\n')
				? 0
				: 1;
	if (text.end == text.start)
		missing = 0;
	return fileio_pwrite(w->mailbox, "\n\n", (size_t)missing, to) < 0
	               ? -1
	               : missing;
}

/* Appends a copy at *end, which moves on.  Returns 0, or -1 with errno. */
static int append_copy(struct work *w, const struct keptfile_copy *c,
                       off_t *end)
{
	const off_t octets = octets_of(c);
	int n;

	if (ranges_copy(COPIES_IN, &c->message, octets,
	                (struct ranges_place){w->mailbox, *end}, NULL) < 0)
		return -1;
	*end += octets;
	n = write_blank_line(w, COPIES_IN, c->message, *end);
	*end += n;
	return n < 0 ? -1 : 0;
}

/* Appends all that are not there.  Returns 0, or -1 with errno. */
static int append_copies(struct work *w, off_t size)
{
	off_t end = size;
	size_t i;
	int n;

	n = write_blank_line(w, w->mailbox, (struct range){0, size}, size);
	if (n < 0)
		return -1;
	end += n;
	for (i = 0; i < w->n; i++)
		if (!w->list[i].there &&
		    append_copy(w, &w->list[i].copy, &end) < 0)
			return -1;
	return fileio_fdatasync(w->mailbox);
}

/* Makes sure that all messages have space: none is restored otherwise. */
static int make_space(const struct work *w, off_t size)
{
	off_t octets = 2;
	size_t i;

	for (i = 0; i < w->n; i++)
		if (!w->list[i].there)
			octets += octets_of(&w->list[i].copy) + 2;
	if (fileio_fallocate(w->mailbox, FALLOC_FL_KEEP_SIZE, size, octets) ==
	            0 ||
	    errno == EOPNOTSUPP)
		return 0;
	return -1;
}

/* The caller has the lock. */
static int append_locked(struct work *w, off_t size)
{
	uint32_t restored = 0;
	int error;
	size_t i;

	for (i = 0; i < w->n; i++)
		restored += !w->list[i].there;
	w->result.there = (uint32_t)w->n - restored;
	if (restored == 0)
		return 0;
	if (make_space(w, size) == 0 && append_copies(w, size) == 0) {
		w->result.restored = restored;
		return 0;
	}
	error = errno;
	(void)fileio_ftruncate(w->mailbox, size);
	errno = error;
	return -1;
}

/* The caller has the mailbox locked, and it is what was listed. */
static int restore_locked(struct work *w, off_t size)
{
	const char *problem;
	sigset_t before;
	int done;

	problem = compare_mailbox(w);
	if (problem)
		return end_with(w, problem);
	signals_block(&before);
	done = append_locked(w, size);
	signals_restore(&before);
	return done < 0 ? end_with_errno(w, "mailbox") : end_with(w, NULL);
}

/* Lists the messages, and locks the mailbox as it was then. */
static int restore_mailbox(struct work *w)
{
	const int timeout = w->given->copies->options->lock_timeout;
	enum maildrop_status status;
	struct stat before, now;

	status = maildrop_recover(w->maildrop);
	if (status == MAILDROP_OK && fileio_fstat(w->mailbox, &before) < 0)
		return end_with_errno(w, "mailbox");
	if (status == MAILDROP_OK)
		status = maildrop_scan(w->maildrop);
	if (status != MAILDROP_OK)
		return end_with(w, w->maildrop->problem);
	if (lock_file(w->mailbox, LOCK_EXCLUSIVE, deadline_in(timeout)) < 0)
		return end_with(w, "it is locked by another program");
	if (fileio_fstat(w->mailbox, &now) < 0)
		return end_with_errno(w, "mailbox");
	if (!mbox_is_same(&before, &now))
		return end_with(w, "another program has just changed it; fix: "
		                   "run this once more");
	return restore_locked(w, now.st_size);
}

int restore_as_user(void *with)
{
	static struct work w;
	const char *problem;
	int *fds[3];

	w.given = with;
	w.maildrop = &w.given->copies->maildrop;
	problem = copies_become_user(w.given->copies, true);
	if (problem)
		return end_with(&w, problem);
	maildrop_descriptors(w.maildrop, &fds[0], &fds[1], &fds[2]);
	w.mailbox = *fds[0];
	if (w.mailbox < 0)
		return end_with(&w, "there is no mailbox; fix: make an empty "
		                    "one that belongs to the user");
	if (read_copies(&w) < 0 || sort_wanted(&w) < 0)
		return end_with_errno(&w, "copies");
	return w.result.unknown ? end_with(&w, NULL) : restore_mailbox(&w);
}

int restore_read(const struct copies *c, struct restore_result *ret)
{
	if (fileio_pread(c->out, ret, sizeof(*ret), 0) != sizeof(*ret) ||
	    ret->recovery > (uint32_t)RECOVERY_ERROR)
		return -1;
	asciitext_clean(ret->problem, sizeof(ret->problem));
	return 0;
}

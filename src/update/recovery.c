/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <sys/stat.h>

#include "base/fileio.h"
#include "base/log.h"
#include "base/signals.h"
#include "update/fingerprint.h"
#include "update/recovery.h"
#include "update/shift.h"

/*
 * All was moved.  Sets *ret to whether the mailbox is still to be cut.  If the
 * power failed during the cut, the file may have its old size, with zeros up
 * to the end of the block (ext4, xfs); so any octet of the marker may be zero.
 */
static int find_marker(const struct shift *m, off_t size, bool *ret)
{
	uint8_t marker[RECORD_NONCE];
	ssize_t n, i = 0;

	n = fileio_pread(m->mailbox, marker, sizeof(marker), m->record.to);
	if (n < 0)
		return -1;
	while (i < n && (marker[i] == m->record.nonce[i] || marker[i] == 0))
		i++;
	*ret = i == RECORD_NONCE && size >= m->record.size;
	return 0;
}

/*
 * The mailbox was cut, perhaps long ago: the journal's later record may not
 * have reached the disk.  Nothing is to be finished, and the record holds no
 * mail.
 */
static enum recovery forget_cut(struct shift *m)
{
	if (fileio_fsync(m->mailbox) < 0)
		return RECOVERY_ERROR;
	record_clear(m->journal);
	return RECOVERY_NOTHING;
}

/* Adds mail that came since to what is kept. */
static void keep_arrived(struct shift *m, off_t size)
{
	struct record *r = &m->record;

	if (r->n > 0 && r->kept[r->n - 1].end == r->size)
		r->kept[r->n - 1].end = size;
	else
		r->kept[r->n++] = (struct range){r->size, size};
	m->left += size - r->size;
	r->size = size;
}

static int finish_cut(struct shift *m, off_t size)
{
	struct record *r = &m->record;

	if (size > r->size) {
		keep_arrived(m, size);
		if (record_reserve(m->journal, m->left, 1) < 0 ||
		    shift_nonce(r) < 0 || fileio_fdatasync(m->mailbox) < 0)
			return -1;
	}
	return shift_finish(m);
}

static int finish_window(struct shift *m, off_t size)
{
	struct record *r = &m->record;

	if (size > r->size) {
		keep_arrived(m, size);
		if (shift_nonce(r) < 0 || fileio_fdatasync(m->mailbox) < 0)
			return -1;
	}
	/* The journal's areas stay where they are: see record_read. */
	return shift_redo(m) < 0 ? -1 : shift_finish(m);
}

/* Returns RECOVERY_DONE if the mailbox is the one the record is about. */
static enum recovery compare_mailbox(struct shift *m, off_t size)
{
	bool marked = true, fits;

	if (m->record.kind == RECORD_CUT && find_marker(m, size, &marked) < 0)
		return RECOVERY_ERROR;
	if (!marked)
		return forget_cut(m);
	if (size < m->record.size)
		return RECOVERY_FOREIGN;
	if (fingerprint_fits(m->mailbox, &m->record, size, &fits) < 0)
		return RECOVERY_ERROR;
	return fits ? RECOVERY_DONE : RECOVERY_FOREIGN;
}

static enum recovery finish_update(struct shift *m)
{
	enum recovery result;
	struct stat st;
	int done;

	if (m->mailbox < 0)
		return RECOVERY_KEPT;
	if (fileio_fstat(m->mailbox, &st) < 0)
		return RECOVERY_ERROR;
	m->left = ranges_octets(m->record.kept, m->record.n);
	result = compare_mailbox(m, st.st_size);
	if (result != RECOVERY_DONE)
		return result;
	done = m->record.kind == RECORD_CUT ? finish_cut(m, st.st_size)
	                                    : finish_window(m, st.st_size);
	return done < 0 ? RECOVERY_ERROR : RECOVERY_DONE;
}

static enum recovery read_and_recover(struct shift *m)
{
	enum recovery result = RECOVERY_NOTHING;
	int none;

	none = record_read(m->journal, &m->record);
	if (none < 0)
		return RECOVERY_ERROR;
	if (none > 0) {
		record_set_aside(m->journal, NULL);
		return RECOVERY_FOREIGN;
	}
	m->ranges = m->record.kept;
	if (m->record.kind != RECORD_IDLE)
		result = finish_update(m);
	else
		record_trim(m->journal); /* what is torn needs no area */
	if (result == RECOVERY_FOREIGN)
		record_set_aside(m->journal, &m->record);
	free(m->ranges);
	return result;
}

enum recovery recovery_run(struct journal *j, int mailbox)
{
	struct shift m = {.journal = j, .mailbox = mailbox, .committed = true};
	enum recovery result;
	sigset_t before;

	signals_block(&before);
	result = read_and_recover(&m);
	signals_restore(&before);
	return result;
}

void recovery_log(enum recovery outcome, const char *mailbox, const char *login,
                  const char *account)
{
	static const enum log_event events[] = {
		[RECOVERY_DONE] = LOG_MAILBOX_RECOVERED,
		[RECOVERY_FOREIGN] = LOG_JOURNAL_ASIDE,
		[RECOVERY_KEPT] = LOG_JOURNAL_KEPT,
	};

	if (outcome == RECOVERY_NOTHING || outcome == RECOVERY_ERROR)
		return;
	log_begin(events[outcome]);
	log_path("mailbox", mailbox);
	if (*login)
		log_user(login, account);
	log_end();
}

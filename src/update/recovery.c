#include <stdlib.h>
#include <sys/stat.h>

#include "base/fileio.h"
#include "base/log.h"
#include "base/signals.h"
#include "update/fingerprint.h"
#include "update/recovery.h"
#include "update/shift.h"

/*
 * All was moved.  Is the mailbox still to be cut?  A power cut while it was
 * may leave the old size, with octets up to the end of the block zeros (ext4,
 * xfs), so each octet of the marker may be one.
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
 * It was cut, perhaps long ago: what the journal knew since need not have
 * reached the disk.  There is nothing to finish, and the record holds no mail.
 */
static enum recovery forget_cut(struct shift *m)
{
	if (fileio_fsync(m->mailbox) < 0)
		return RECOVERY_ERROR;
	record_clear(m->journal);
	return RECOVERY_NOTHING;
}

/* Mail that came since is kept, too. */
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

/* Is the mailbox the one the record is about, as it was then? */
static enum recovery judge(struct shift *m, off_t size)
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

static enum recovery recover(struct shift *m)
{
	enum recovery result;
	struct stat st;
	int done;

	if (m->mailbox < 0)
		return RECOVERY_WAITS;
	if (fileio_fstat(m->mailbox, &st) < 0)
		return RECOVERY_ERROR;
	m->left = record_octets(m->record.kept, m->record.n);
	result = judge(m, st.st_size);
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
		result = recover(m);
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

void recovery_log(enum recovery done, const char *mailbox, const char *user)
{
	static const enum log_event events[] = {
		[RECOVERY_DONE] = LOG_MAILBOX_RECOVERED,
		[RECOVERY_FOREIGN] = LOG_JOURNAL_ASIDE,
		[RECOVERY_WAITS] = LOG_JOURNAL_WAITS,
	};

	if (done == RECOVERY_NOTHING || done == RECOVERY_ERROR)
		return;
	log_begin(events[done]);
	log_path("mailbox", mailbox);
	if (user)
		log_quoted("user", user);
	log_end();
}

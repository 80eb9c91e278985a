#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bitmap.h"
#include "base/statefile.h"
#include "base/statename.h"
#include "config/account.h"
#include "config/options.h"
#include "maildrop/maildrop.h"
#include "update/journal.h"
#include "update/sessions.h"

/* A session that has just lost its client may take a moment to end. */
#define SESSION_WAIT 1000 /* milliseconds */

static enum maildrop_status fail(struct maildrop *d,
                                 enum maildrop_status status, const char *why)
{
	d->why = why;
	return status;
}

/* The same, with what errno says of a path, or of the first n octets of it. */
static enum maildrop_status fail_path(struct maildrop *d,
                                      enum maildrop_status status,
                                      const char *path, int n)
{
	static char why[PATH_MAX + 80];

	(void)snprintf(why, sizeof(why), "%.*s: %s", n, path,
	               strerrordesc_np(errno));
	return fail(d, status, why);
}

/* What a full disk is at fault for works later. */
static enum maildrop_status
fail_state(struct maildrop *d, enum maildrop_status status, const char *suffix)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s%s", d->state_dir,
	               d->path.state, suffix);
	return fail_path(d, errno == ENOSPC ? MAILDROP_STATE_FAILED : status,
	                 path, PATH_MAX);
}

/* What a mailbox's status means to the maildrop, and its word for the log. */
static enum maildrop_status judge(struct maildrop *d, enum mbox_status status)
{
	static const enum maildrop_status meanings[] = {
		[MBOX_BUSY] = MAILDROP_BUSY,
		[MBOX_CHANGED] = MAILDROP_CHANGED,
		[MBOX_NOT_MBOX] = MAILDROP_REFUSED,
		[MBOX_UNSAFE] = MAILDROP_REFUSED,
		[MBOX_ERROR] = MAILDROP_ERROR,
	};

	const char *suffix;

	if (status == MBOX_OK)
		return MAILDROP_OK;
	suffix = mbox_failed(&d->mbox, &d->journal);
	if (status == MBOX_ERROR && suffix)
		return fail_state(d, MAILDROP_STATE_FAILED, suffix);
	return fail(d, meanings[status], mbox_reason(&d->mbox, status));
}

void maildrop_init(struct maildrop *d)
{
	memset(d, 0, offsetof(struct maildrop, mbox));
	d->directory = d->journal.fd = -1;
	mbox_init(&d->mbox);
}

/* Opens what is kept of the mailbox beside it, and locks out others. */
static enum maildrop_status open_state(struct maildrop *d, int state_dir)
{
	if (state_dir < 0)
		return fail_path(d, MAILDROP_STATE, d->state_dir, PATH_MAX);
	if (journal_open(&d->journal, state_dir, d->path.state,
	                 deadline_now() + SESSION_WAIT) < 0)
		return errno == EWOULDBLOCK
		               ? fail(d, MAILDROP_SESSION, "another session")
		               : fail_state(d, MAILDROP_STATE,
		                            STATENAME_JOURNAL);
	if (!d->journal.aside)
		(void)record_prepare(&d->journal); /* or later: a full disk */
	index_open(&d->mbox.index, state_dir, d->path.state);
	return MAILDROP_OK;
}

static enum maildrop_status open_directory(struct maildrop *d)
{
	d->directory = mailpath_directory(d->path.path, d->path.admin);
	if (d->directory < 0)
		return fail_path(d, MAILDROP_REFUSED, d->path.path,
		                 d->path.admin ? (int)d->path.admin : 1);
	return MAILDROP_OK;
}

enum maildrop_status maildrop_prepare(struct maildrop *d,
                                      const struct options *o,
                                      const struct account *a)
{
	enum maildrop_status status;
	const char *why;
	int state_dir;

	d->owner = a->uid;
	d->state_dir = o->state_dir;
	d->mbox.lock_timeout = o->lock_timeout;
	d->mbox.network = o->network_mailbox;
	why = mailpath_fill(&d->path, o->mailbox, a->name, a->home);
	if (!why && mailpath_is_outside(o->mailbox, o->home_dirs, a->home))
		why = "the home directory is outside of --home-dirs";
	if (why)
		return fail(d, MAILDROP_REFUSED, why);
	state_dir = statefile_directory(o->state_dir);
	status = open_state(d, state_dir);
	if (status == MAILDROP_OK && o->unit)
		(void)sessions_note(o->run_dir, o->unit, d->path.state);
	if (status == MAILDROP_OK)
		status = open_directory(d);
	/* Now, for the mailbox to take its number: no gap is left to close. */
	if (state_dir >= 0)
		(void)close(state_dir);
	return status;
}

enum maildrop_status maildrop_open(struct maildrop *d)
{
	enum mbox_status status;

	status = mbox_open(&d->mbox, d->directory,
	                   d->path.path + d->path.admin + 1, d->owner);
	(void)close(d->directory);
	d->directory = -1;
	return judge(d, status);
}

enum maildrop_status maildrop_recover(struct maildrop *d)
{
	enum mbox_status status;

	if (d->journal.aside)
		return MAILDROP_OK;
	if (record_idle(&d->journal)) {
		record_trim(&d->journal);
		return MAILDROP_OK;
	}
	status = mbox_recover(&d->mbox, &d->journal, &d->recovery);
	return judge(d, status);
}

enum maildrop_status maildrop_scan(struct maildrop *d)
{
	enum mbox_status status;

	status = mbox_scan(&d->mbox, d->recovery != RECOVERY_NOTHING);
	if (status != MBOX_OK)
		return judge(d, status);
	d->count = d->mbox.index.count - d->mbox.index.hidden;
	d->gone = bitmap_new(d->mbox.index.count);
	if (!d->gone)
		return judge(d, MBOX_ERROR);
	maildrop_reset(d);
	return MAILDROP_OK;
}

/* The place of message number in the mbox. */
static uint32_t place(const struct maildrop *d, uint32_t number)
{
	return number - 1 + d->mbox.index.hidden;
}

bool maildrop_has(const struct maildrop *d, uint32_t number)
{
	return number >= 1 && number <= d->count &&
	       !bitmap_has(d->gone, place(d, number));
}

enum maildrop_status maildrop_message(struct maildrop *d, uint32_t number,
                                      struct mbox_message *ret)
{
	return judge(d, mbox_message(&d->mbox, place(d, number), ret));
}

enum maildrop_status maildrop_read(struct maildrop *d, uint32_t number,
                                   off_t *at, struct mbox_window *ret)
{
	return judge(d, mbox_read(&d->mbox, place(d, number), at, ret));
}

enum maildrop_status maildrop_differs(struct maildrop *d)
{
	index_void(&d->mbox.index);
	return fail(d, MAILDROP_CHANGED, "its octets are not what was listed");
}

void maildrop_delete(struct maildrop *d, uint32_t number,
                     const struct mbox_message *m)
{
	bitmap_add(d->gone, place(d, number));
	d->left--;
	d->octets -= m->octets;
}

void maildrop_reset(struct maildrop *d)
{
	bitmap_clear(d->gone, d->mbox.index.count);
	d->left = d->count;
	d->octets = d->mbox.index.octets;
}

int64_t maildrop_arrived(const struct maildrop *d)
{
	off_t size = mbox_size(&d->mbox);

	return size > d->mbox.seen.st_size ? size - d->mbox.seen.st_size : 0;
}

enum maildrop_status maildrop_update(struct maildrop *d)
{
	if (d->left == d->count)
		return MAILDROP_OK;
	if (d->journal.aside)
		return fail(d, MAILDROP_ASIDE,
		            "its journal was set aside: see onepopctl check");
	return judge(d, mbox_remove(&d->mbox, &d->journal, d->gone));
}

void maildrop_close(struct maildrop *d)
{
	mbox_close(&d->mbox);
	free(d->gone);
	d->gone = NULL;
	if (d->directory >= 0)
		(void)close(d->directory);
	d->directory = -1;
	journal_close(&d->journal);
}

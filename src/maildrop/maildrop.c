/* SPDX-License-Identifier: ISC */
#include <errno.h>
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
#include "maildrop/mbox.h"
#include "maildrop/mboxopen.h"
#include "maildrop/mboxread.h"
#include "maildrop/mboxremove.h"
#include "update/journal.h"
#include "update/sessions.h"

static enum maildrop_status set_problem(struct maildrop *d,
                                        enum maildrop_status status,
                                        const char *problem)
{
	d->problem = problem;
	return status;
}

/* The problem is errno, about the first n octets of a path. */
static enum maildrop_status set_path_problem(struct maildrop *d,
                                             enum maildrop_status status,
                                             const char *path, int n)
{
	static char problem[PATH_MAX + 80];

	(void)snprintf(problem, sizeof(problem), "%.*s: %s", n, path,
	               strerrordesc_np(errno));
	return set_problem(d, status, problem);
}

/* The problem is errno, about a state file.  A full disk may pass. */
static enum maildrop_status set_state_problem(struct maildrop *d,
                                              enum maildrop_status status,
                                              const char *suffix)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s%s", d->state_dir,
	               d->path.state, suffix);
	return set_path_problem(
		d, errno == ENOSPC ? MAILDROP_STATE_FAILED : status, path,
		PATH_MAX);
}

/* Translates a mailbox's status, and keeps its problem for the log. */
static enum maildrop_status from_mbox(struct maildrop *d,
                                      enum mbox_status status)
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
	suffix = mbox_failed_file(d->mbox, &d->journal);
	if (status == MBOX_ERROR && suffix)
		return set_state_problem(d, MAILDROP_STATE_FAILED, suffix);
	return set_problem(d, meanings[status], mbox_problem(d->mbox, status));
}

void maildrop_init(struct maildrop *d)
{
	memset(d, 0, sizeof(*d));
	d->directory = d->journal.fd = -1;
	kept_init(&d->kept);
}

/*
 * Without the ids of the old server each client would download all mail again:
 * the mailbox is not served until the administrator has decided.
 */
static enum maildrop_status read_adopted(struct maildrop *d, int state_dir)
{
	static char problem[2 * PATH_MAX];

	if (adopted_open(&d->adopted, state_dir, d->path.state) == 0)
		return MAILDROP_OK;
	if (errno == EPERM || errno == ELOOP || errno == EACCES)
		return set_state_problem(d, MAILDROP_STATE, STATENAME_UIDL);
	if (errno != EBADMSG)
		return set_state_problem(d, MAILDROP_STATE_FAILED,
		                         STATENAME_UIDL);
	(void)snprintf(problem, sizeof(problem),
	               "%s/%s" STATENAME_UIDL
	               ": it is damaged; fix: restore it, or onepopctl adopt "
	               "--drop USER",
	               d->state_dir, d->path.state);
	return set_problem(d, MAILDROP_STATE, problem);
}

/*
 * Opens the state files, and waits until we are the mailbox's one session.  No
 * lock is held until then.
 */
static enum maildrop_status open_state(struct maildrop *d,
                                       const struct options *o, int state_dir)
{
	if (state_dir < 0)
		return set_path_problem(d, MAILDROP_STATE, d->state_dir,
		                        PATH_MAX);
	if (journal_open(&d->journal, state_dir, d->path.state,
	                 deadline_in(o->session_wait)) < 0)
		return errno == EWOULDBLOCK
		               ? set_problem(d, MAILDROP_SESSION,
		                             "another session has it")
		               : set_state_problem(d, MAILDROP_STATE,
		                                   STATENAME_JOURNAL);
	if (!d->journal.aside)
		/* If the disk is full, record_reserve tries again later. */
		(void)record_prepare(&d->journal);
	mbox_open_index(d->mbox, state_dir, d->path.state);
	if (o->keep_deleted > 0)
		kept_open(&d->kept, state_dir, d->path.state,
		          (off_t)o->keep_deleted_size << 20);
	return read_adopted(d, state_dir);
}

static enum maildrop_status open_mailbox_directory(struct maildrop *d)
{
	d->directory = mailpath_directory(d->path.path, d->path.admin);
	if (d->directory < 0)
		return set_path_problem(d, MAILDROP_REFUSED, d->path.path,
		                        d->path.admin ? (int)d->path.admin : 1);
	return MAILDROP_OK;
}

/* Finds what needs no file. */
static enum maildrop_status find_mailbox(struct maildrop *d,
                                         const struct options *o,
                                         const struct account *a)
{
	const char *problem;

	d->owner = a->uid;
	d->state_dir = o->state_dir;
	d->mbox = mbox_new(o->lock_timeout, o->network_mailbox);
	if (!d->mbox)
		return set_problem(d, MAILDROP_ERROR, strerrordesc_np(errno));
	problem = mailpath_fill(&d->path, o->mailbox, a->name, a->home);
	if (!problem && mailpath_is_outside(o->mailbox, o->home_dirs, a->home))
		problem = "the home directory is outside of --home-dirs";
	return problem ? set_problem(d, MAILDROP_REFUSED, problem)
	               : MAILDROP_OK;
}

enum maildrop_status maildrop_look(struct maildrop *d, const struct options *o,
                                   const struct account *a)
{
	enum maildrop_status status = find_mailbox(d, o, a);
	int state_dir;

	if (status != MAILDROP_OK)
		return status;
	d->journal.aside = true; /* so that nothing is recovered or removed */
	state_dir = statefile_directory(o->state_dir);
	if (state_dir >= 0) {
		status = read_adopted(d, state_dir);
		(void)close(state_dir);
	}
	return status == MAILDROP_OK ? open_mailbox_directory(d) : status;
}

enum maildrop_status maildrop_prepare(struct maildrop *d,
                                      const struct options *o,
                                      const struct account *a)
{
	enum maildrop_status status = find_mailbox(d, o, a);
	int state_dir;

	if (status != MAILDROP_OK)
		return status;
	state_dir = statefile_directory(o->state_dir);
	status = open_state(d, o, state_dir);
	if (status == MAILDROP_OK && o->unit)
		(void)sessions_note(o->run_dir, o->unit, d->path.state);
	if (status == MAILDROP_OK)
		status = open_mailbox_directory(d);
	/* Before the mailbox is opened, which then takes this number: the
	   sandbox has no gap among the descriptors to close. */
	if (state_dir >= 0)
		(void)close(state_dir);
	return status;
}

enum maildrop_status maildrop_open(struct maildrop *d)
{
	enum mbox_status status;

	status = mbox_open(d->mbox, d->directory,
	                   d->path.path + d->path.admin + 1, d->owner);
	(void)close(d->directory);
	d->directory = -1;
	return from_mbox(d, status);
}

void maildrop_descriptors(struct maildrop *d, int **mailbox, int **journal,
                          int **index)
{
	*mailbox = mbox_descriptor(d->mbox);
	*journal = &d->journal.fd;
	*index = mbox_index_descriptor(d->mbox);
}

int *maildrop_kept_descriptor(struct maildrop *d)
{
	return &d->kept.fd;
}

enum maildrop_status maildrop_recover(struct maildrop *d)
{
	if (d->journal.aside)
		return MAILDROP_OK;
	if (record_idle(&d->journal)) {
		record_trim(&d->journal);
		return MAILDROP_OK;
	}
	return from_mbox(d, mbox_recover(d->mbox, &d->journal, &d->recovery));
}

enum maildrop_status maildrop_scan(struct maildrop *d)
{
	enum mbox_status status;

	status = mbox_scan(d->mbox, d->recovery != RECOVERY_NOTHING);
	if (status != MBOX_OK)
		return from_mbox(d, status);
	d->count = mbox_count(d->mbox) - mbox_hidden(d->mbox);
	d->deleted = bitmap_new(mbox_count(d->mbox));
	if (!d->deleted)
		return from_mbox(d, MBOX_ERROR);
	maildrop_reset(d);
	d->scanned = true;
	return MAILDROP_OK;
}

/* The place, from 0, of a message in the mailbox. */
static uint32_t place_of(const struct maildrop *d, uint32_t number)
{
	return number - 1 + mbox_hidden(d->mbox);
}

bool maildrop_has(const struct maildrop *d, uint32_t number)
{
	return number >= 1 && number <= d->count &&
	       !bitmap_has(d->deleted, place_of(d, number));
}

enum maildrop_status maildrop_message(struct maildrop *d, uint32_t number,
                                      struct maildrop_message *ret)
{
	ret->number = number;
	return from_mbox(
		d, mbox_message(d->mbox, place_of(d, number), &ret->listed));
}

void maildrop_expect(struct maildrop *d, const struct maildrop_message *m,
                     size_t n)
{
	struct uidl ids[MAILDROP_BATCH];
	size_t i;

	for (i = 0; i < n; i++)
		ids[i] = m[i].listed.uidl;
	adopted_expect(&d->adopted, ids, n);
}

char *maildrop_unique_id(struct maildrop *d, const struct maildrop_message *m,
                         char *to)
{
	char *const end = uidl_text(m->listed.uidl, m->listed.duplicate, to);
	struct adopted_pair pair;

	if (!adopted_find(&d->adopted, to, (size_t)(end - to), &pair))
		return end;
	memcpy(to, pair.old, pair.old_n);
	return to + pair.old_n;
}

enum maildrop_status maildrop_read(struct maildrop *d,
                                   const struct maildrop_message *m, off_t *at,
                                   struct mbox_window *ret)
{
	return from_mbox(d, mbox_read(d->mbox, place_of(d, m->number),
	                              &m->listed, at, ret));
}

enum maildrop_status maildrop_differs(struct maildrop *d)
{
	mbox_doubt(d->mbox);
	return set_problem(d, MAILDROP_CHANGED,
	                   "its octets are not what was listed");
}

void maildrop_delete(struct maildrop *d, const struct maildrop_message *m)
{
	bitmap_add(d->deleted, place_of(d, m->number));
	d->left--;
	d->octets -= m->listed.octets;
}

void maildrop_reset(struct maildrop *d)
{
	bitmap_clear(d->deleted, mbox_count(d->mbox));
	d->left = d->count;
	d->octets = mbox_octets(d->mbox);
}

int64_t maildrop_arrived(const struct maildrop *d)
{
	return d->scanned ? mbox_growth(d->mbox) : 0;
}

static char *write_id(void *with, const struct mbox_message *m, char *to)
{
	return maildrop_unique_id(with,
	                          &(struct maildrop_message){.listed = *m}, to);
}

enum maildrop_status maildrop_update(struct maildrop *d)
{
	const struct mboxremove_copies copies = {&d->kept, write_id, d};

	if (d->left == d->count)
		return MAILDROP_OK;
	if (d->journal.aside)
		return set_problem(
			d, MAILDROP_ASIDE,
			"its journal was set aside: see onepopctl check");
	return from_mbox(d, mbox_remove(d->mbox, &d->journal, d->deleted,
	                                d->kept.on ? &copies : NULL));
}

void maildrop_close(struct maildrop *d)
{
	mbox_free(d->mbox);
	d->mbox = NULL;
	adopted_free(&d->adopted);
	free(d->deleted);
	d->deleted = NULL;
	if (d->directory >= 0)
		(void)close(d->directory);
	d->directory = -1;
	kept_close(&d->kept);
	journal_close(&d->journal);
}

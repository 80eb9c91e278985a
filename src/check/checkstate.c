/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "admin/mailbox.h"
#include "check/checkstate.h"

#include "admin/report.h"
#include "base/deadline.h"
#include "base/statefile.h"
#include "base/statename.h"
#include "config/options.h"
#include "maildrop/adopted.h"
#include "update/journalstate.h"
#include "update/keptfile.h"

#define FREE_LEAST (1 << 20) /* octets, for the state of many mailboxes */
#define NAMED      10        /* files of a kind that get a line each */

#define SECONDS 20 /* for all of them */

enum kind {
	IDLE,
	IN_USE,
	GONE,
	PENDING,
	LOST,
	ASIDE,
	ODD,
	BAD,
	ADOPTED,
	DAMAGED, /* adopted ids */
	ORPHANED,
	KEPT,    /* copies of deleted messages */
	SPOILED, /* the same, damaged */
	OTHER,
	KINDS
};

/* Kinds without a problem are only counted. */
static const struct {
	const char *problem, *fix;
	enum report_level level;
	bool remove; /* the fix ends with removing the file */
} kinds[KINDS] = {
	[PENDING] = {"an update of its mailbox was interrupted",
                     "onepopctl recover; the user's next login does it too",
                     REPORT_PROBLEM, false},
	[LOST] = {"an update of its mailbox was interrupted, and the mailbox "
                  "is gone",
                  "put the mailbox back and run onepopctl recover; or ",
                  REPORT_PROBLEM, true},
	[ASIDE] = {"it was set aside: an update that was interrupted, of a "
                   "mailbox that another program then changed; until it is "
                   "removed the user can delete nothing",
                   "compare the mailbox with a backup, then ", REPORT_PROBLEM,
                   true},
	[ODD] = {"no mailbox has state of this name", "set --mailbox, or ",
                 REPORT_WARNING, true},
	[BAD] = {"it is no journal that can be used",
                 "it must be a file, 0600, with one link, of the user onepop "
                 "starts as; else ",
                 REPORT_PROBLEM, true},
	[DAMAGED] = {"the ids adopted for its user cannot be read, so the "
                     "user cannot log in",
                     "restore it from a backup, or onepopctl adopt --drop "
                     "USER",
                     REPORT_PROBLEM, false},
	[SPOILED] = {"the copies of deleted messages in it cannot be read, or "
                     "not all of them",
                     "it must be a file, 0600, with one link, of the user "
                     "onepop starts as; else move it away",
                     REPORT_WARNING, false},
	[ORPHANED] = {"the account is gone for which these ids were adopted",
                      "restore the account, or ", REPORT_WARNING, true},
};

struct walk {
	const struct report *report;
	const char *mailbox, *directory; /* --mailbox, --state-dir */
	int dir;
	unsigned int count[KINDS];
	const char *mail_user;
	uintmax_t ids;                 /* that were adopted */
	bool keeps;                    /* --keep-deleted is on */
	uintmax_t copies, kept_octets; /* of deleted messages */
	/* Blocks on disk, of a mailbox's journal and index */
	uintmax_t octets, most;
	char largest[PATH_MAX]; /* the mailbox that has most */
};

/* Backslashes are usual in names of journals; quotes are not. */
static void report_state_file(const struct walk *w, enum kind kind,
                              const char *file)
{
	if (!kinds[kind].remove)
		report_say(w->report, kinds[kind].level,
		           "state: %s: %s; fix: %s", file, kinds[kind].problem,
		           kinds[kind].fix);
	else if (strchr(file, '\''))
		report_say(w->report, kinds[kind].level,
		           "state: %s: %s; fix: %srm the file", file,
		           kinds[kind].problem, kinds[kind].fix);
	else
		report_say(w->report, kinds[kind].level,
		           "state: %s: %s; fix: %srm '%s/%s'", file,
		           kinds[kind].problem, kinds[kind].fix, w->directory,
		           file);
}

static enum kind kind_of_journal(const struct walk *w, const char *file)
{
	const size_t n = statename_of_journal(file);
	char path[PATH_MAX];

	if (mailbox_path(w->mailbox, file, n, path) < 0)
		return ODD;
	switch (journalstate_look(w->dir, file)) {
	case JOURNALSTATE_IDLE:
		return mailbox_is_gone(path) && mailbox_is_mounted(path) ? GONE
		                                                         : IDLE;
	case JOURNALSTATE_IN_USE:
		return IN_USE;
	case JOURNALSTATE_PENDING:
		return mailbox_is_gone(path) ? LOST : PENDING;
	case JOURNALSTATE_ASIDE:
		return ASIDE;
	case JOURNALSTATE_NONE:
		return OTHER; /* removed since it was listed */
	default:
		return BAD;
	}
}

/* Of virtual users, and with a %h, nobody can tell whether they are gone. */
static bool is_orphaned(const struct walk *w, const char *path)
{
	char user[USERNAME_OCTETS + 1];

	return !w->mail_user && mailbox_user(w->mailbox, path, user) == 0 &&
	       !getpwnam(user);
}

static enum kind kind_of_adopted(struct walk *w, const char *file)
{
	const size_t n = statename_of(file, STATENAME_UIDL);
	char path[PATH_MAX], name[NAME_MAX + 1];
	struct adopted ids;
	bool good;

	if (mailbox_path(w->mailbox, file, n, path) < 0)
		return ODD;
	(void)snprintf(name, sizeof(name), "%.*s", (int)n, file);
	good = adopted_open(&ids, w->dir, name) == 0 && adopted_check(&ids);
	w->ids += ids.count;
	adopted_free(&ids);
	if (!good)
		return DAMAGED;
	return is_orphaned(w, path) ? ORPHANED : ADOPTED;
}

/* Counts the copies.  Returns whether all that were synced are there. */
static bool count_copies(struct walk *w, int fd)
{
	struct keptfile_copy c = {.message.end = KEPTFILE_FIRST};
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !statefile_is_ours(&st))
		return false;
	w->kept_octets += (uintmax_t)st.st_size;
	while (keptfile_next(fd, st.st_size, c.message.end, &c) == 1)
		w->copies++;
	return c.message.end >= keptfile_synced(fd, st.st_size);
}

static enum kind kind_of_copies(struct walk *w, const char *file)
{
	char path[PATH_MAX];
	bool good;
	int fd;

	if (mailbox_path(w->mailbox, file,
	                 statename_of(file, STATENAME_DELETED), path) < 0)
		return ODD;
	fd = openat(w->dir, file,
	            O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	good = count_copies(w, fd);
	if (fd >= 0)
		(void)close(fd);
	return good ? KEPT : SPOILED;
}

static uintmax_t octets_of(const struct walk *w, const char *file)
{
	struct stat st;

	return fstatat(w->dir, file, &st, AT_SYMLINK_NOFOLLOW) < 0
	               ? 0
	               : (uintmax_t)st.st_blocks * 512;
}

/* Adds the journal and the index of a mailbox. */
static void add_size(struct walk *w, const char *journal)
{
	const size_t n = statename_of_journal(journal);
	char path[PATH_MAX], index[NAME_MAX + 1];
	uintmax_t octets;

	statename_make(index, journal, n, STATENAME_INDEX);
	octets = octets_of(w, journal) + octets_of(w, index);
	w->octets += octets;
	if (octets <= w->most || mailbox_path(w->mailbox, journal, n, path) < 0)
		return;
	w->most = octets;
	(void)snprintf(w->largest, sizeof(w->largest), "%s", path);
}

static void check_state_file(struct walk *w, const char *file)
{
	enum kind kind = OTHER;

	if (statename_of_journal(file) > 0) {
		kind = kind_of_journal(w, file);
		add_size(w, file);
	} else if (statename_of(file, STATENAME_UIDL) > 0) {
		kind = kind_of_adopted(w, file);
	} else if (statename_of(file, STATENAME_DELETED) > 0) {
		kind = kind_of_copies(w, file);
	}
	w->count[kind]++;
	if (kinds[kind].problem && w->count[kind] <= NAMED)
		report_state_file(w, kind, file);
}

static void report_largest(const struct walk *w)
{
	struct stat st;

	if (w->most == 0)
		return;
	if (stat(w->largest, &st) < 0)
		st.st_size = 0;
	report_say(w->report, REPORT_OK,
	           "state: %ju KiB in all; the largest is of %s: %ju KiB, for "
	           "a mailbox of %ju KiB",
	           w->octets >> 10, w->largest, w->most >> 10,
	           (uintmax_t)st.st_size >> 10);
}

static void report_counts(const struct walk *w)
{
	const unsigned int *n = w->count;
	int kind;

	for (kind = 0; kind < KINDS; kind++)
		if (kinds[kind].problem && n[kind] > NAMED)
			report_say(w->report, kinds[kind].level,
			           "state: and %u more files: %s; fix: as for "
			           "the ten before",
			           n[kind] - NAMED, kinds[kind].problem);
	report_say(w->report, REPORT_OK,
	           "state: %u mailboxes, %u of them in a session",
	           n[IDLE] + n[IN_USE] + n[PENDING], n[IN_USE]);
	if (n[ADOPTED] + n[ORPHANED] > 0)
		report_say(w->report, REPORT_OK,
		           "state: %u mailboxes with ids of an old server, "
		           "%ju in all",
		           n[ADOPTED] + n[ORPHANED], w->ids);
	if (n[KEPT] + n[SPOILED] > 0)
		report_say(w->report, w->keeps ? REPORT_OK : REPORT_WARNING,
		           "state: %u mailboxes with copies of deleted "
		           "messages: %ju, %ju KiB%s",
		           n[KEPT] + n[SPOILED], w->copies,
		           w->kept_octets >> 10,
		           w->keeps ? ""
		                    : ", and keep-deleted is off; fix: "
		                      "onepopctl prune "
		                      "--keep-deleted 1, or rm them");
	if (n[GONE] > 0)
		report_say(w->report, REPORT_OK,
		           "state: of %u mailboxes that are gone; onepopctl "
		           "recover removes it",
		           n[GONE]);
}

static void check_journals(const struct report *r, const struct options *o)
{
	struct walk w = {.report = r,
	                 .mailbox = o->mailbox,
	                 .directory = o->state_dir,
	                 .mail_user = o->mail_user,
	                 .keeps = o->keep_deleted > 0};
	const deadline_t until = deadline_in(SECONDS);
	const struct dirent *entry;
	DIR *dir;

	dir = opendir(o->state_dir);
	if (!dir) {
		report_say(r, REPORT_PROBLEM,
		           "state: %s: %s; fix: chmod 0700 %s", o->state_dir,
		           strerror(errno), o->state_dir);
		return;
	}
	w.dir = dirfd(dir);
	while (deadline_left(until) > 0 && (entry = readdir(dir)))
		check_state_file(&w, entry->d_name);
	report_counts(&w);
	report_largest(&w);
	if (deadline_left(until) == 0)
		report_say(r, REPORT_OK,
		           "state: there are so many files that not all were "
		           "checked");
	(void)closedir(dir);
}

static void check_free(const struct report *r, const char *dir)
{
	struct statvfs fs;
	uintmax_t free_octets;

	if (statvfs(dir, &fs) < 0) {
		report_say(r, REPORT_PROBLEM,
		           "state: %s: %s; fix: check its file system", dir,
		           strerror(errno));
		return;
	}
	free_octets = (uintmax_t)fs.f_bavail * fs.f_frsize;
	if (free_octets < FREE_LEAST)
		report_say(r, REPORT_WARNING,
		           "state: %s: only %ju octets are free; fix: free "
		           "space there",
		           dir, free_octets);
	else
		report_say(r, REPORT_OK, "state: %s, %ju MiB free", dir,
		           free_octets >> 20);
}

void checkstate_directory(const struct report *r, const struct options *o,
                          bool made_later)
{
	const char *dir = o->state_dir;
	const uintmax_t us = geteuid();
	struct stat st;

	if (stat(dir, &st) < 0) {
		report_say(r,
		           errno == ENOENT && made_later ? REPORT_WARNING
		                                         : REPORT_PROBLEM,
		           "state: %s: %s; fix: install -d -m 700 -o %s %s",
		           dir, strerror(errno), o->start_user, dir);
	} else if (!S_ISDIR(st.st_mode)) {
		report_say(r, REPORT_PROBLEM,
		           "state: %s is not a directory; fix: set state-dir "
		           "in " OPTIONS_FILE,
		           dir);
	} else if (st.st_uid != us) {
		report_say(r, REPORT_PROBLEM | REPORT_PRIVATE,
		           "state: %s belongs to uid %ju, we are %ju; fix: "
		           "chown -R %ju %s",
		           dir, (uintmax_t)st.st_uid, us, us, dir);
	} else if (statefile_others_write(&st)) {
		report_say(r, REPORT_PROBLEM,
		           "state: others may write %s; fix: chmod 0700 %s",
		           dir, dir);
	} else if (faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) < 0) {
		report_say(r, REPORT_PROBLEM,
		           "state: %s: %s; fix: chmod 0700 %s", dir,
		           strerror(errno), dir);
	} else {
		check_free(r, dir);
		check_journals(r, o);
	}
}

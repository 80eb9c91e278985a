#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "admin/checkstate.h"

#include "admin/report.h"
#include "base/deadline.h"
#include "base/statefile.h"
#include "base/statename.h"
#include "config/mailpath.h"
#include "config/options.h"
#include "update/journalstate.h"

#define FREE_LEAST (1 << 20) /* octets, for the state of many mailboxes */
#define NAMED      10        /* files of a kind that get a line each */

#define SECONDS 20 /* for all of them */

enum kind { IDLE, IN_USE, GONE, PENDING, LOST, ASIDE, ODD, BAD, OTHER, KINDS };

/* What is said of a file, where anything is. */
static const struct {
	const char *what, *fix;
	enum report_level level;
	bool remove; /* which comes last in the fix */
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
};

struct walk {
	struct report *report;
	const char *mailbox, *directory; /* --mailbox, --state-dir */
	int dir;
	unsigned int count[KINDS];
	/* On the disk, of a mailbox's journal and index */
	uintmax_t octets, most;
	char largest[PATH_MAX]; /* the mailbox that has most */
};

/* Backslashes are usual in names of journals; quotes are not. */
static void put_fix(const struct walk *w, enum kind kind, const char *file,
                    char *ret, size_t size)
{
	char path[PATH_MAX + NAME_MAX + 4] = "the file";

	if (!strchr(file, '\''))
		(void)snprintf(path, sizeof(path), "'%s/%s'", w->directory,
		               file);
	(void)snprintf(ret, size, "%s%s%s", kinds[kind].fix,
	               kinds[kind].remove ? "rm " : "",
	               kinds[kind].remove ? path : "");
}

static enum kind judge_journal(const struct walk *w, const char *file)
{
	const size_t n = statename_of_journal(file);
	char path[PATH_MAX];

	if (mailpath_of_state(w->mailbox, file, n, path) < 0)
		return ODD;
	switch (journalstate_look(w->dir, file)) {
	case JOURNALSTATE_IDLE:
		return mailpath_is_gone(path) && mailpath_is_mounted(path)
		               ? GONE
		               : IDLE;
	case JOURNALSTATE_IN_USE:
		return IN_USE;
	case JOURNALSTATE_PENDING:
		return mailpath_is_gone(path) ? LOST : PENDING;
	case JOURNALSTATE_ASIDE:
		return ASIDE;
	case JOURNALSTATE_NONE:
		return OTHER; /* removed since it was listed */
	default:
		return BAD;
	}
}

static uintmax_t octets_of(const struct walk *w, const char *file)
{
	struct stat st;

	return fstatat(w->dir, file, &st, AT_SYMLINK_NOFOLLOW) < 0
	               ? 0
	               : (uintmax_t)st.st_blocks * 512;
}

/* What a mailbox has in the directory, by its journal's name. */
static void measure(struct walk *w, const char *journal)
{
	const size_t n = statename_of_journal(journal);
	char path[PATH_MAX], index[NAME_MAX + 1];
	uintmax_t octets;

	statename_make(index, journal, n, STATENAME_INDEX);
	octets = octets_of(w, journal) + octets_of(w, index);
	w->octets += octets;
	if (octets <= w->most ||
	    mailpath_of_state(w->mailbox, journal, n, path) < 0)
		return;
	w->most = octets;
	(void)snprintf(w->largest, sizeof(w->largest), "%s", path);
}

static void take_file(struct walk *w, const char *file)
{
	char fix[PATH_MAX + 2 * NAME_MAX];
	enum kind kind = OTHER;

	if (statename_of_journal(file) > 0) {
		kind = judge_journal(w, file);
		measure(w, file);
	}
	w->count[kind]++;
	if (!kinds[kind].what || w->count[kind] > NAMED)
		return;
	put_fix(w, kind, file, fix, sizeof(fix));
	report_say(w->report, kinds[kind].level, fix, "state: %s: %s", file,
	           kinds[kind].what);
}

static void say_largest(const struct walk *w)
{
	struct stat st;

	if (w->most == 0)
		return;
	if (stat(w->largest, &st) < 0)
		st.st_size = 0;
	report_say(w->report, REPORT_OK, NULL,
	           "state: %ju KiB in all; the largest is of %s: %ju KiB, for "
	           "a mailbox of %ju KiB",
	           w->octets >> 10, w->largest, w->most >> 10,
	           (uintmax_t)st.st_size >> 10);
}

static void say_counts(const struct walk *w)
{
	const unsigned int *n = w->count;
	int kind;

	for (kind = 0; kind < KINDS; kind++)
		if (kinds[kind].what && n[kind] > NAMED)
			report_say(w->report, kinds[kind].level,
			           "as for the ten before",
			           "state: and %u more files: %s",
			           n[kind] - NAMED, kinds[kind].what);
	report_say(w->report, REPORT_OK, NULL,
	           "state: %u mailboxes, %u of them in a session",
	           n[IDLE] + n[IN_USE] + n[PENDING], n[IN_USE]);
	if (n[GONE] > 0)
		report_say(w->report, REPORT_OK, NULL,
		           "state: of %u mailboxes that are gone; "
		           "onepopctl recover removes it",
		           n[GONE]);
}

static void check_journals(struct report *r, const struct options *o)
{
	struct walk w = {
		.report = r, .mailbox = o->mailbox, .directory = o->state_dir};
	const deadline_t until = deadline_in(SECONDS);
	const struct dirent *entry;
	DIR *dir;

	dir = opendir(o->state_dir);
	if (!dir) {
		report_say(r, REPORT_PROBLEM,
		           report_command("chmod 0700", o->state_dir),
		           "state: %s: %s", o->state_dir, strerror(errno));
		return;
	}
	w.dir = dirfd(dir);
	while (deadline_left(until) > 0 && (entry = readdir(dir)))
		take_file(&w, entry->d_name);
	say_counts(&w);
	say_largest(&w);
	if (deadline_left(until) == 0)
		report_say(r, REPORT_OK, NULL,
		           "state: there is so much that not all was looked "
		           "at");
	(void)closedir(dir);
}

static void check_free(struct report *r, const char *dir)
{
	struct statvfs fs;
	uintmax_t free_octets;

	if (statvfs(dir, &fs) < 0) {
		report_say(r, REPORT_PROBLEM, "look at its file system",
		           "state: %s: %s", dir, strerror(errno));
		return;
	}
	free_octets = (uintmax_t)fs.f_bavail * fs.f_frsize;
	if (free_octets < FREE_LEAST)
		report_say(r, REPORT_WARNING, "make room",
		           "state: %s: only %ju octets are free", dir,
		           free_octets);
	else
		report_say(r, REPORT_OK, NULL, "state: %s, %ju MiB free", dir,
		           free_octets >> 20);
}

void checkstate_directory(struct report *r, const struct options *o,
                          bool made_later)
{
	const char *dir = o->state_dir;
	char make[PATH_MAX + 64], own[32];
	struct stat st;

	(void)snprintf(make, sizeof(make), "install -d -m 700 -o %s %s",
	               o->start_user, dir);
	(void)snprintf(own, sizeof(own), "chown -R %ju", (uintmax_t)geteuid());
	if (stat(dir, &st) < 0) {
		report_say(r,
		           errno == ENOENT && made_later ? REPORT_WARNING
		                                         : REPORT_PROBLEM,
		           make, "state: %s: %s", dir, strerror(errno));
	} else if (!S_ISDIR(st.st_mode)) {
		report_say(r, REPORT_PROBLEM, "set state-dir in " OPTIONS_FILE,
		           "state: %s is not a directory", dir);
	} else if (st.st_uid != geteuid()) {
		report_say(r, report_private(r, REPORT_PROBLEM),
		           report_command(own, dir),
		           "state: %s belongs to uid %ju, we are %ju", dir,
		           (uintmax_t)st.st_uid, (uintmax_t)geteuid());
	} else if (statefile_others_write(&st)) {
		report_say(r, REPORT_PROBLEM, report_command("chmod 0700", dir),
		           "state: others may write %s", dir);
	} else if (faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) < 0) {
		report_say(r, REPORT_PROBLEM, report_command("chmod 0700", dir),
		           "state: %s: %s", dir, strerror(errno));
	} else {
		check_free(r, dir);
		check_journals(r, o);
	}
}

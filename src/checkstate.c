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

#include "checkstate.h"

#include "checkjournal.h"
#include "mailpath.h"
#include "options.h"
#include "report.h"

#define OTHERS_WRITE (S_IWGRP | S_IWOTH)
#define FREE_LEAST   (1 << 20) /* octets, for the state of many mailboxes */
#define NAMED        10        /* files of a kind that get a line each */

enum kind { IDLE, IN_USE, GONE, PENDING, LOST, ASIDE, ODD, BAD, OTHER, KINDS };

/* What is said of a file, where anything is. */
static const struct {
	enum report_level level;
	const char *what, *mend;
} kinds[KINDS] = {
	[PENDING] = {REPORT_PROBLEM, "an update of its mailbox was interrupted",
                     "onepop --recover; the user's next login does it too"},
	[LOST] = {REPORT_PROBLEM,
                  "an update of its mailbox was interrupted, and the mailbox "
                  "is gone",
                  "put the mailbox back and run onepop --recover, or remove "
                  "the file"},
	[ASIDE] = {REPORT_PROBLEM,
                   "it was set aside: an update that was interrupted, of a "
                   "mailbox that another program then changed; until it is "
                   "removed the user can delete nothing",
                   "compare the mailbox with a backup, then remove the file"},
	[ODD] = {REPORT_WARNING, "no mailbox has state of this name",
                 "set --mailbox, or remove the file"},
	[BAD] = {REPORT_PROBLEM, "it is no journal that can be used",
                 "it must be a file, 0600, with one link, of the user onepop "
                 "starts as"},
};

struct walk {
	struct report *report;
	const char *mailbox; /* --mailbox */
	int dir;
	unsigned int count[KINDS];
};

static enum kind judge_journal(const struct walk *w, const char *file)
{
	const size_t n = strlen(file) - strlen(CHECKJOURNAL_SUFFIX);
	char path[PATH_MAX];

	if (mailpath_of_state(w->mailbox, file, n, path) < 0)
		return ODD;
	switch (checkjournal_look(w->dir, file)) {
	case CHECKJOURNAL_IDLE:
		return mailpath_is_gone(path) && mailpath_is_mounted(path)
		               ? GONE
		               : IDLE;
	case CHECKJOURNAL_IN_USE:
		return IN_USE;
	case CHECKJOURNAL_PENDING:
		return mailpath_is_gone(path) ? LOST : PENDING;
	case CHECKJOURNAL_ASIDE:
		return ASIDE;
	case CHECKJOURNAL_NONE:
		return OTHER; /* removed since it was listed */
	default:
		return BAD;
	}
}

static void take_file(struct walk *w, const char *file)
{
	enum kind kind = OTHER;

	if (checkjournal_is(file))
		kind = judge_journal(w, file);
	w->count[kind]++;
	if (kinds[kind].what && w->count[kind] <= NAMED)
		report_say(w->report, kinds[kind].level, kinds[kind].mend,
		           "state: %s: %s", file, kinds[kind].what);
}

static void say_counts(const struct walk *w)
{
	const unsigned int *n = w->count;
	int kind;

	for (kind = 0; kind < KINDS; kind++)
		if (kinds[kind].what && n[kind] > NAMED)
			report_say(w->report, kinds[kind].level,
			           kinds[kind].mend,
			           "state: and %u more files: %s",
			           n[kind] - NAMED, kinds[kind].what);
	report_say(w->report, REPORT_OK, NULL,
	           "state: %u mailboxes, %u of them in a session",
	           n[IDLE] + n[IN_USE] + n[PENDING], n[IN_USE]);
	if (n[GONE] > 0)
		report_say(w->report, REPORT_OK, NULL,
		           "state: of %u mailboxes that are gone; "
		           "onepop --recover removes it",
		           n[GONE]);
}

static void check_journals(struct report *r, const struct options *o)
{
	struct walk w = {.report = r, .mailbox = o->mailbox};
	const struct dirent *entry;
	DIR *dir;

	dir = opendir(o->state_dir);
	if (!dir) {
		report_say(r, REPORT_PROBLEM, "chmod 0700", "state: %s: %s",
		           o->state_dir, strerror(errno));
		return;
	}
	w.dir = dirfd(dir);
	while ((entry = readdir(dir)))
		take_file(&w, entry->d_name);
	(void)closedir(dir);
	say_counts(&w);
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
	struct stat st;

	if (stat(dir, &st) < 0) {
		report_say(r,
		           errno == ENOENT && made_later ? REPORT_WARNING
		                                         : REPORT_PROBLEM,
		           "make it, mode 0700 (systemd does for its unit)",
		           "state: %s: %s", dir, strerror(errno));
	} else if (!S_ISDIR(st.st_mode)) {
		report_say(r, REPORT_PROBLEM, "set --state-dir",
		           "state: %s is not a directory", dir);
	} else if (st.st_uid != geteuid()) {
		report_say(r, report_private(r, REPORT_PROBLEM),
		           "chown, or check as the user onepop starts as",
		           "state: %s belongs to uid %ju, we are %ju", dir,
		           (uintmax_t)st.st_uid, (uintmax_t)geteuid());
	} else if (st.st_mode & OTHERS_WRITE) {
		report_say(r, REPORT_PROBLEM, "chmod 0700",
		           "state: others may write %s", dir);
	} else if (faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) < 0) {
		report_say(r, REPORT_PROBLEM, "chmod 0700", "state: %s: %s",
		           dir, strerror(errno));
	} else {
		check_free(r, dir);
		check_journals(r, o);
	}
}

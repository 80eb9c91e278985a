/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check/checkspool.h"

#include "admin/report.h"
#include "base/deadline.h"
#include "config/mailpath.h"
#include "config/options.h"
#include "config/pattern.h"
#include "config/username.h"

#define PEOPLE      1000 /* uids from here on, up to */
#define PEOPLE_LAST 60000
#define NAMED       10 /* findings of a kind that get a line each */
#define SECONDS     5  /* for all mailboxes */

enum kind { FINE, ANYONE, GROUP, MAILDIR, HASHED, KINDS };

/* The path stands behind the fix. */
static const struct {
	enum report_level level;
	const char *problem, *fix;
} kinds[KINDS] = {
	[ANYONE] = {REPORT_PROBLEM,
                    "anyone may write it: remove, change and forge mail",
                    "chmod 0600"},
	[GROUP] = {REPORT_WARNING,
                   "a group may write it, and not the group mail", "chmod g-w"},
	[MAILDIR] = {REPORT_PROBLEM, "it is a Maildir, which is not served",
                     "bring the mail into a file, as onepopctl(8) says:"},
	[HASHED] = {REPORT_PROBLEM,
                    "mail lies below it: a spool of directories, while mailbox "
                    "names files, so its users see no messages",
                    "set mailbox in /etc/onepop.conf, with %1u and %2u as "
                    "onepop.conf(5) says, or move up the mailboxes of"},
};

struct walk {
	const struct report *report;
	const char *directory;
	int dir;
	unsigned int count[KINDS];
};

static void report_mailbox(const struct report *r, enum kind kind,
                           const char *path)
{
	report_say(r, kinds[kind].level, "mailboxes: %s: %s; fix: %s %s", path,
	           kinds[kind].problem, kinds[kind].fix, path);
}

/* Returns whether the directory has a file whose name begins with no dot. */
static bool holds_anything(int dir, const char *path)
{
	const struct dirent *entry = NULL;
	DIR *opened = NULL;
	int fd;

	fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		opened = fdopendir(fd);
	do
		entry = opened ? readdir(opened) : NULL;
	while (entry && entry->d_name[0] == '.');
	if (opened)
		(void)closedir(opened);
	else if (fd >= 0)
		(void)close(fd);
	return entry != NULL;
}

bool checkspool_is_maildir(int dir, const char *path)
{
	static const char *const parts[] = {"new", "cur"};
	char part[PATH_MAX];
	size_t i;
	int n;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		n = snprintf(part, sizeof(part), "%s/%s", path, parts[i]);
		if (n > 0 && (size_t)n < sizeof(part) &&
		    holds_anything(dir, part))
			return true;
	}
	return false;
}

/* The group mail, as on Debian, or the owner's own group. */
static bool is_fine_group(const struct stat *st)
{
	const struct group *gr = getgrgid(st->st_gid);
	const struct passwd *pw;

	if (!gr || strcmp(gr->gr_name, "mail") == 0)
		return gr != NULL;
	pw = getpwuid(st->st_uid);
	return pw && pw->pw_gid == st->st_gid &&
	       strcmp(gr->gr_name, pw->pw_name) == 0;
}

static enum kind kind_of_mode(const struct stat *st)
{
	if (st->st_mode & S_IWOTH)
		return ANYONE;
	return st->st_mode & S_IWGRP && !is_fine_group(st) ? GROUP : FINE;
}

static enum kind kind_of_file(const struct walk *w, const char *name)
{
	struct stat st;

	if (fstatat(w->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return FINE;
	if (S_ISREG(st.st_mode))
		return kind_of_mode(&st);
	if (!S_ISDIR(st.st_mode))
		return FINE;
	if (checkspool_is_maildir(w->dir, name))
		return MAILDIR;
	return strlen(name) == 1 && holds_anything(w->dir, name) ? HASHED
	                                                         : FINE;
}

static void check_spool_file(struct walk *w, const char *name)
{
	const enum kind kind = kind_of_file(w, name);
	char path[PATH_MAX + NAME_MAX + 2];

	if (kind == FINE || ++w->count[kind] > NAMED)
		return;
	(void)snprintf(path, sizeof(path), "%s/%s", w->directory, name);
	report_mailbox(w->report, kind, path);
}

static void check_spool_files(const struct report *r, const char *directory)
{
	struct walk w = {.report = r, .directory = directory};
	const deadline_t until = deadline_in(SECONDS);
	const struct dirent *entry;
	DIR *dir = opendir(directory);
	int kind;

	if (!dir) {
		report_say(r, REPORT_WARNING | REPORT_PRIVATE,
		           "mailboxes: %s: %s; fix: chmod a+rx %s", directory,
		           strerror(errno), directory);
		return;
	}
	w.dir = dirfd(dir);
	while ((entry = readdir(dir)) && deadline_left(until) > 0)
		if (entry->d_name[0] != '.')
			check_spool_file(&w, entry->d_name);
	for (kind = 0; kind < KINDS; kind++)
		if (w.count[kind] > NAMED)
			report_say(r, kinds[kind].level,
			           "mailboxes: and %u more in %s: %s; fix: as "
			           "for the ten before",
			           w.count[kind] - NAMED, directory,
			           kinds[kind].problem);
	if (entry)
		report_say(r, REPORT_OK,
		           "mailboxes: there are so many in %s that not all "
		           "were checked",
		           directory);
	(void)closedir(dir);
}

bool checkspool_is_flat(const char *pattern)
{
	const char *percent = strchr(pattern, '%');

	return percent && mailpath_admin(pattern) > 0 && !strchr(percent, '/');
}

void checkspool_file(const struct report *r, const char *path,
                     const struct stat *st)
{
	const enum kind kind = kind_of_mode(st);

	if (kind != FINE)
		report_mailbox(r, kind, path);
}

static void check_home_directories(const struct report *r,
                                   const struct options *o)
{
	const char *list = o->home_dirs;
	char home[PATH_MAX];
	struct stat st;

	while (list) {
		list = mailpath_next_home(list, home);
		if (stat(home, &st) < 0 || !S_ISDIR(st.st_mode))
			report_say(r, REPORT_PROBLEM,
			           "mailboxes: %s is not a directory; fix: "
			           "make it, or set home-dirs in "
			           "/etc/onepop.conf",
			           home);
	}
}

static bool is_outside(const struct options *o, const struct passwd *pw)
{
	return mailpath_is_outside(o->mailbox, o->home_dirs, pw->pw_dir);
}

/* The homes of the accounts of people in /etc/passwd. */
static void check_homes(const struct report *r, const struct options *o)
{
	const struct passwd *pw;
	unsigned int outside = 0;
	FILE *file;

	file = fopen("/etc/passwd", "re");
	if (!file)
		return;
	while ((pw = fgetpwent(file))) {
		if (pw->pw_uid < PEOPLE || pw->pw_uid > PEOPLE_LAST ||
		    !is_outside(o, pw) || ++outside > NAMED)
			continue;
		report_say(r, REPORT_WARNING,
		           "mailboxes: %s cannot log in: the home %s is "
		           "outside of --home-dirs %s; fix: add its directory "
		           "to home-dirs in /etc/onepop.conf",
		           pw->pw_name, pw->pw_dir, o->home_dirs);
	}
	(void)fclose(file);
	if (outside > NAMED)
		report_say(r, REPORT_WARNING,
		           "mailboxes: nor can %u more users, whose homes are "
		           "outside, too; fix: add their directories to "
		           "home-dirs in /etc/onepop.conf",
		           outside - NAMED);
}

static void check_mail_users_home(const struct report *r,
                                  const struct options *o)
{
	const struct passwd *pw = getpwnam(o->mail_user);

	if (pw && is_outside(o, pw))
		report_say(r, REPORT_PROBLEM,
		           "mailboxes: nobody can log in: %s's home %s is "
		           "outside of --home-dirs %s; fix: add its directory "
		           "to home-dirs in /etc/onepop.conf",
		           o->mail_user, pw->pw_dir, o->home_dirs);
}

/* Returns whether the account, or others if it is NULL, can search it. */
static bool can_search(const struct stat *st, const struct passwd *as)
{
	if (as && as->pw_uid == st->st_uid)
		return st->st_mode & S_IXUSR;
	if (as && as->pw_gid == st->st_gid)
		return st->st_mode & S_IXGRP;
	return st->st_mode & S_IXOTH;
}

/*
 * The part of --mailbox that is the administrator's.  Returns whether it is
 * there.
 */
static bool check_spool(const struct report *r, const struct options *o,
                        const char *directory)
{
	const struct passwd *as = NULL;
	struct stat st;

	if (o->mail_user)
		as = getpwnam(o->mail_user);
	if (stat(directory, &st) < 0)
		report_say(
			r, REPORT_PROBLEM,
			"mailboxes: %s: %s; fix: set mailbox in " OPTIONS_FILE
			", or install -d -m 2775 -g mail %s",
			directory, strerror(errno), directory);
	else if (!S_ISDIR(st.st_mode))
		report_say(r, REPORT_PROBLEM,
		           "mailboxes: %s is not a directory; fix: set "
		           "mailbox in " OPTIONS_FILE,
		           directory);
	else if (!can_search(&st, as))
		report_say(r, REPORT_PROBLEM,
		           "mailboxes: users cannot search %s; fix: set "
		           "mail-user in " OPTIONS_FILE ", or chmod a+x %s",
		           directory, directory);
	else if (st.st_mode & S_IWOTH && !(st.st_mode & S_ISVTX))
		report_say(r, REPORT_WARNING,
		           "mailboxes: anyone may remove others' mail in %s; "
		           "fix: chmod +t %s",
		           directory, directory);
	else
		report_say(r, REPORT_OK, "mailboxes: %s in %s", o->mailbox,
		           directory);
	return access(directory, F_OK) == 0;
}

/* Returns whether the pattern has the value, not only an octet of it. */
static bool has_value(const char *pattern, char letter)
{
	struct pattern_item item;

	while (pattern && *pattern) {
		pattern = pattern_next(pattern, &item);
		if (item.letter == letter && item.form != '1' &&
		    item.form != '2')
			return true;
	}
	return false;
}

/* --account may leave nothing of a name that --mailbox needs. */
static void check_account(const struct report *r, const struct options *o)
{
	static const char login[] = "user@example.org";
	char account[USERNAME_OCTETS + 1];
	const char *problem;
	struct mailpath p;

	(void)username_fill(account, o->account, login);
	problem = mailpath_fill(&p, o->mailbox, account, "/home/u");
	if (problem)
		report_say(r, REPORT_PROBLEM,
		           "mailboxes: %s is %s to --account %s, and then has "
		           "no mailbox %s: %s; fix: set account and mailbox "
		           "in " OPTIONS_FILE,
		           login, account, o->account, o->mailbox, problem);
	if (o->mail_user && !has_value(o->account, 'u') &&
	    !has_value(o->account, 'd'))
		report_say(r, REPORT_WARNING,
		           "mailboxes: users of the same name in two domains "
		           "are one user to --account %s; fix: set account, "
		           "with %%u, or with %%d too, in " OPTIONS_FILE,
		           o->account);
}

/* Virtual users have only the name that they log in with. */
static void check_names(const struct report *r, const struct options *o)
{
	if (!o->mail_user || has_value(o->mailbox, 'u'))
		return;
	if (!has_value(o->mailbox, 'n'))
		report_say(r, REPORT_PROBLEM,
		           "mailboxes: all users share %s; fix: set mailbox, "
		           "with %%n and %%d, in /etc/onepop.conf",
		           o->mailbox);
	else if (!has_value(o->mailbox, 'd'))
		report_say(r, REPORT_WARNING,
		           "mailboxes: users of the same name in two domains "
		           "share %s; fix: set mailbox, with %%d before %%n, "
		           "or with %%u",
		           o->mailbox);
}

void checkspool_mailboxes(const struct report *r, const struct options *o)
{
	struct mailpath p;

	check_account(r, o);
	check_names(r, o);
	if (mailpath_fill(&p, o->mailbox, "user@example.org", "/home/u") ||
	    p.admin == 0) {
		report_say(r, REPORT_OK, "mailboxes: %s", o->mailbox);
		check_home_directories(r, o);
		if (o->mail_user)
			check_mail_users_home(r, o);
		else
			check_homes(r, o);
		return;
	}
	p.path[p.admin] = '\0';
	if (check_spool(r, o, p.path) && checkspool_is_flat(o->mailbox))
		check_spool_files(r, p.path);
}

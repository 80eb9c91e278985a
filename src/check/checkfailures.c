/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/checkfailures.h"

#include "admin/report.h"
#include "auth/badpasswords.h"
#include "auth/hash.h"
#include "auth/pam.h"
#include "base/module.h"
#include "config/options.h"

#define OTHERS   (S_IRWXG | S_IRWXO)
#define MAKE_RUN "systemd-tmpfiles --create onepop.conf"
#define NAMED    10 /* files with a line each */

/* pam_faillock counts nothing for names without an account. */
#define PROBE_USER     "nobody"
#define PROBE_PASSWORD "made up by onepopctl check"

/*
 * Asks PAM with a wrong password.  Returns whether PAM was asked, and refused
 * it.
 */
static bool fail_login(const struct report *r, const struct options *o)
{
	const struct auth_setup setup = {
		.service = o->pam_service,
		.confdir = o->pam_confdir,
	};
	struct auth_failure failure = {.reason = NULL};
	char name[USERNAME_OCTETS + 1];
	pam_login_fn *login;
	const char *problem;

	*(void **)&login =
		module_symbol(PAM_LOGIN_MODULE, PAM_LOGIN_SYMBOL, &problem);
	if (!login)
		return false; /* checkpam reports it */
	if (login(&setup, PROBE_USER, PROBE_PASSWORD, name, &failure) !=
	    AUTH_OK)
		return true;
	report_say(r, REPORT_PROBLEM,
	           "PAM: service %s lets %s in with a password that was made "
	           "up; fix: compare it with pam.d/onepop",
	           o->pam_service, PROBE_USER);
	return false;
}

static void check_counting(const struct report *r, const struct options *o,
                           const char *tally)
{
	char path[PATH_MAX];
	struct stat st;
	bool counted;
	int n;

	n = snprintf(path, sizeof(path), "%s/%s", tally, PROBE_USER);
	if (n < 0 || (size_t)n >= sizeof(path))
		return;
	if (r->ordinary) {
		report_say(r, REPORT_UNSEEN,
		           "guessing: whether pam_faillock counts in %s",
		           tally);
		return;
	}
	(void)unlink(path); /* a full file takes no more */
	if (!fail_login(r, o))
		return;
	counted = lstat(path, &st) == 0 && st.st_size > 0;
	if (counted && unlink(path) == 0)
		report_say(r, REPORT_OK, "guessing: pam_faillock counts in %s",
		           tally);
	else
		report_say(r, REPORT_PROBLEM,
		           "guessing: pam_faillock does not count in %s; fix: "
		           "compare its lines with pam.d/onepop; " MAKE_RUN,
		           tally);
}

/* faillock --reset leaves a file that is ours by its group alone. */
static bool is_foreign(const struct stat *top, const struct stat *st)
{
	return st->st_uid != top->st_uid &&
	       !(st->st_gid == top->st_gid && st->st_mode & S_IWGRP);
}

/* pam_faillock ignores files that it cannot write, and counts nothing. */
static void check_tallies(const struct report *r, const char *tally)
{
	const struct dirent *entry;
	unsigned int foreign = 0;
	struct stat top, st;
	DIR *dir;

	dir = opendir(tally);
	if (!dir)
		return;
	if (fstat(dirfd(dir), &top) < 0)
		top.st_uid = 0;
	while (top.st_uid != 0 && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' ||
		    fstatat(dirfd(dir), entry->d_name, &st,
		            AT_SYMLINK_NOFOLLOW) < 0 ||
		    !is_foreign(&top, &st) || ++foreign > NAMED)
			continue;
		report_say(r, REPORT_PROBLEM,
		           "guessing: %s/%s belongs to another user than its "
		           "directory: nothing is counted for %s; fix: rm "
		           "%s/%s",
		           tally, entry->d_name, entry->d_name, tally,
		           entry->d_name);
	}
	(void)closedir(dir);
}

static void check_run_directory(const struct report *r, const struct options *o)
{
	const uintmax_t us = geteuid();
	char dir[PATH_MAX];
	struct stat st;
	int n;

	if (!o->remember_failures) {
		report_say(r, REPORT_OK,
		           "guessing: --remember-failures no: a wrong "
		           "password counts each time it comes");
		return;
	}
	n = snprintf(dir, sizeof(dir), "%s/" BADPASSWORDS_DIRECTORY,
	             o->run_dir);
	if (n < 0 || (size_t)n >= sizeof(dir))
		return;
	if (r->ordinary)
		report_say(r, REPORT_UNSEEN,
		           "guessing: whether wrong passwords are known again "
		           "in %s",
		           dir);
	else if (lstat(dir, &st) < 0)
		report_say(r, REPORT_WARNING,
		           "guessing: %s: %s: a wrong password counts each "
		           "time it comes; fix: " MAKE_RUN,
		           dir, strerror(errno));
	else if (!S_ISDIR(st.st_mode) || st.st_mode & OTHERS)
		report_say(r, REPORT_PROBLEM,
		           "guessing: %s is not a directory of mode 0700; "
		           "fix: " MAKE_RUN " after removing %s",
		           dir, dir);
	else if (st.st_uid != us)
		report_say(r, REPORT_PROBLEM,
		           "guessing: %s belongs to uid %ju, we are %ju; fix: "
		           "chown %ju %s",
		           dir, (uintmax_t)st.st_uid, us, us, dir);
	else
		report_say(r, REPORT_OK,
		           "guessing: wrong passwords are known again in %s",
		           dir);
}

void checkfailures_counting(const struct report *r, const struct options *o,
                            const char *tally)
{
	static const char *const modules[][2] = {
		{MAC_MODULE, MAC_SYMBOL},
		{HASH_MODULE, HASH_SYMBOL},
	};
	const char *problem;
	size_t i;

	if (*tally) {
		check_counting(r, o, tally);
		check_tallies(r, tally);
	} else {
		report_say(r, REPORT_WARNING,
		           "guessing: service %s has no pam_faillock: nothing "
		           "blocks an account; fix: add its lines of "
		           "pam.d/onepop",
		           o->pam_service);
	}
	check_run_directory(r, o);
	for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		if (!module_symbol(modules[i][0], modules[i][1], &problem))
			report_say(r, REPORT_PROBLEM,
			           "program: %s; fix: install the library "
			           "that it names, or all of onepop",
			           problem);
}

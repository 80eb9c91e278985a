/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "check/checkelsewhere.h"

#include "admin/report.h"
#include "check/checkspool.h"

/*
 * %u, %n, %d and %h as in --mailbox; %D is the mailbox's directory, %m the
 * mailbox, %1 and %2 the name's first two letters.  A file, or a Maildir.
 */
static const char *const places[] = {
	"%m",
	"%D/%1/%u",
	"%D/%1/%2/%u",
	"%h/Maildir",
	"%h/.maildir",
	"%h/mail",
	"%h/Mailbox", /* qmail */
	"/var/mail/%u",
	"/var/spool/mail/%u",
	"/var/mail/%1/%u",
	"/var/spool/mail/%1/%u",
	"/var/mail/%d/%n",
	"/var/vmail/%d/%n",
	"/var/vmail/%d/%n/Maildir",
	"/var/mail/vhosts/%d/%n",
};

#define PLACES (sizeof(places) / sizeof(places[0]))

struct user {
	const char *name, *home, *mailbox;
};

/* Finds what a letter stands for.  Returns the number of its octets. */
static size_t find_part(const struct user *u, char letter, const char **ret)
{
	const char *at = strchr(u->name, '@');
	const char *slash = strrchr(u->mailbox, '/');

	*ret = u->name;
	switch (letter) {
	case 'm':
		*ret = u->mailbox;
		break;
	case 'D':
		*ret = u->mailbox;
		return slash ? (size_t)(slash - u->mailbox) : 0;
	case 'h':
		*ret = u->home;
		break;
	case 'n':
		return strcspn(u->name, "@");
	case 'd':
		*ret = at ? at + 1 : "";
		break;
	case '1':
		return 1;
	case '2':
		*ret = u->name + 1;
		return **ret != '\0';
	default: /* u */
		break;
	}
	return strlen(*ret);
}

/* Returns false if the user has no such part. */
static bool fill_pattern(char ret[static PATH_MAX], const char *pattern,
                         const struct user *u)
{
	size_t have = 0, n;
	const char *part;

	for (; *pattern; pattern++) {
		part = pattern;
		n = *pattern == '%' ? find_part(u, *++pattern, &part) : 1;
		if (n == 0 || have + n >= PATH_MAX)
			return false;
		memcpy(ret + have, part, n);
		have += n;
	}
	ret[have] = '\0';
	return true;
}

static bool is_maildir(const char *path, const struct stat *st)
{
	return S_ISDIR(st->st_mode) && checkspool_is_maildir(AT_FDCWD, path);
}

static void report_place(const struct report *r, const struct user *u,
                         const char *path, bool maildir, const struct stat *st)
{
	if (maildir)
		report_say(r, REPORT_WARNING,
		           "mailbox: there are no messages in %s, but in %s, "
		           "which is a Maildir; fix: have the MTA deliver to "
		           "a file, and bring that mail there, as "
		           "onepopctl(8) says",
		           u->mailbox, path);
	else
		report_say(r, REPORT_WARNING,
		           "mailbox: there are no messages in %s, but %ju "
		           "octets in %s; fix: set mailbox in "
		           "/etc/onepop.conf, or have the MTA deliver to the "
		           "one and move that file there",
		           u->mailbox, (uintmax_t)st->st_size, path);
}

void checkelsewhere_places(const struct report *r, const char *user,
                           const char *home, const char *mailbox)
{
	const struct user u = {user, home, mailbox};
	struct stat seen[PLACES];
	char path[PATH_MAX];
	size_t i, k, n = 0;
	bool maildir;

	for (i = 0; i < PLACES; i++) {
		if (!fill_pattern(path, places[i], &u) ||
		    stat(path, &seen[n]) < 0)
			continue;
		maildir = is_maildir(path, &seen[n]);
		if (!maildir &&
		    !(S_ISREG(seen[n].st_mode) && seen[n].st_size > 0))
			continue;
		/* A directory may have two names. */
		for (k = 0; k < n && (seen[k].st_ino != seen[n].st_ino ||
		                      seen[k].st_dev != seen[n].st_dev);
		     k++)
			;
		if (k < n)
			continue;
		report_place(r, &u, path, maildir, &seen[n]);
		n++;
	}
}

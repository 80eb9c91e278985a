#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "admin/checkelsewhere.h"

#include "admin/checkspool.h"
#include "admin/report.h"

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

static void put(char *ret, size_t size, const char *text, size_t n)
{
	const size_t have = strlen(ret);

	(void)snprintf(ret + have, size - have, "%.*s", (int)n, text);
}

/* Puts what a letter stands for.  Returns false if the user has none. */
static bool put_part(char *ret, size_t size, char letter, const struct user *u)
{
	const char *at = strchr(u->name, '@'), *slash;
	const char *text = u->name;
	size_t n = strlen(text);

	switch (letter) {
	case 'm':
		text = u->mailbox;
		n = strlen(text);
		break;
	case 'D':
		slash = strrchr(u->mailbox, '/');
		text = u->mailbox;
		n = slash ? (size_t)(slash - text) : 0;
		break;
	case 'h':
		text = u->home;
		n = strlen(text);
		break;
	case 'n':
		n = at ? (size_t)(at - text) : n;
		break;
	case 'd':
		text = at ? at + 1 : "";
		n = strlen(text);
		break;
	case '1':
		n = 1;
		break;
	case '2':
		text += 1;
		n = *text != '\0';
		break;
	default: /* u */
		break;
	}
	put(ret, size, text, n);
	return n > 0;
}

static bool fill(char ret[static PATH_MAX], const char *pattern,
                 const struct user *u)
{
	*ret = '\0';
	for (; *pattern; pattern++) {
		if (*pattern != '%')
			put(ret, PATH_MAX, pattern, 1);
		else if (!put_part(ret, PATH_MAX, *++pattern, u))
			return false;
	}
	return true;
}

static bool is_maildir(const char *path, const struct stat *st)
{
	return S_ISDIR(st->st_mode) && checkspool_is_maildir(AT_FDCWD, path);
}

static void say(struct report *r, const struct user *u, const char *path,
                bool maildir, const struct stat *st)
{
	if (maildir)
		report_say(r, REPORT_WARNING,
		           "have the MTA deliver to a file, and bring that "
		           "mail there, as onepopctl(8) says",
		           "mailbox: there are no messages in %s, but in %s, "
		           "which is a Maildir",
		           u->mailbox, path);
	else
		report_say(r, REPORT_WARNING,
		           "set mailbox in /etc/onepop.conf, or have the MTA "
		           "deliver to the one and move that file there",
		           "mailbox: there are no messages in %s, but %ju "
		           "octets in %s",
		           u->mailbox, (uintmax_t)st->st_size, path);
}

void checkelsewhere_look(struct report *r, const char *user, const char *home,
                         const char *mailbox)
{
	const struct user u = {user, home, mailbox};
	struct stat seen[PLACES];
	char path[PATH_MAX];
	size_t i, k, n = 0;
	bool maildir;

	for (i = 0; i < PLACES; i++) {
		if (!fill(path, places[i], &u) || stat(path, &seen[n]) < 0)
			continue;
		maildir = is_maildir(path, &seen[n]);
		if (!maildir &&
		    !(S_ISREG(seen[n].st_mode) && seen[n].st_size > 0))
			continue;
		/* One directory may have two names. */
		for (k = 0; k < n && (seen[k].st_ino != seen[n].st_ino ||
		                      seen[k].st_dev != seen[n].st_dev);
		     k++)
			;
		if (k < n)
			continue;
		say(r, &u, path, maildir, &seen[n]);
		n++;
	}
}

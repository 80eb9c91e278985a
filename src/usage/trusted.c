/* SPDX-License-Identifier: ISC */
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "usage/trusted.h"

#include "sandbox/privileges.h"

/* Not by privileges_find, which only root may ask: others may read, too. */
static const char *find_start_user(struct trusted *t, const char *name)
{
	const struct passwd *pw = getpwnam(name);

	t->start_user = pw ? pw->pw_uid : 0;
	if (pw || strcmp(name, PRIVILEGES_START_USER) == 0)
		return NULL;
	return "no account for --start-user; fix: name one that exists";
}

const char *trusted_find(struct trusted *t, const struct options *o)
{
	const struct passwd *pw;

	*t = (struct trusted){.one_user = o->mail_user != NULL};
	if (o->mail_user) {
		pw = getpwnam(o->mail_user);
		if (!pw)
			return "no account for --mail-user; fix: make it with "
			       "useradd --system";
		t->mail_user = pw->pw_uid;
	}
	return find_start_user(t, o->start_user);
}

/*
 * By uid, since few users send lines, and a liar can name anybody; by name only
 * where two accounts have one uid.
 */
static bool is_users(struct trusted *t, const char *account, uid_t uid)
{
	const struct passwd *pw;

	if (!t->known || t->uid != uid) {
		pw = getpwuid(uid);
		(void)snprintf(t->name, sizeof(t->name), "%s",
		               pw ? pw->pw_name : "");
		t->known = true;
		t->uid = uid;
	}
	if (*account && strcmp(t->name, account) == 0)
		return true;
	pw = *account ? getpwnam(account) : NULL;
	return pw && pw->pw_uid == uid;
}

bool trusted_line(struct trusted *t, const struct logline *l, uid_t uid)
{
	const bool begun = strcmp(l->event, "login failed") == 0 ||
	                   strcmp(l->event, "session refused") == 0;
	const bool either = strcmp(l->event, "mailbox error") == 0;

	if (begun || (either && uid == t->start_user))
		return uid == t->start_user;
	if (t->one_user)
		return uid == t->mail_user;
	return is_users(t, logline_account(l), uid);
}

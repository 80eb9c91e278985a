/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adopt/adoptusers.h"

#include "admin/crew.h"
#include "admin/mailbox.h"
#include "base/deadline.h"
#include "base/fileio.h"
#include "config/account.h"
#include "config/mailpath.h"
#include "config/options.h"
#include "config/pattern.h"
#include "sandbox/privileges.h"

#define SECONDS 120 /* for all mailboxes */

/* What the child is given. */
struct search {
	const struct options *options;
	int out; /* for the names, a NUL behind each */
	off_t n;
};

/* Returns 0, or -1 with errno. */
static int write_name(struct search *s, const char *name)
{
	const size_t n = strlen(name) + 1;

	if (options_name_problem(name))
		return 0;
	if (fileio_pwrite(s->out, name, n, s->n) < 0)
		return -1;
	s->n += (off_t)n;
	return 0;
}

/* Root's mail is never served. */
static bool has_mailbox(const struct options *o, const struct passwd *pw)
{
	struct mailpath p;

	return pw->pw_uid != 0 &&
	       !mailpath_fill(&p, o->mailbox, pw->pw_name, pw->pw_dir) &&
	       !mailpath_is_outside(o->mailbox, o->home_dirs, pw->pw_dir) &&
	       !mailbox_is_gone(p.path);
}

static int write_accounts(struct search *s)
{
	const struct passwd *pw;
	int status = 0;

	setpwent();
	while (status == 0 && (pw = getpwent()))
		if (has_mailbox(s->options, pw))
			status = write_name(s, pw->pw_name);
	endpwent();
	return status;
}

/* Makes a glob(7) of the pattern.  Returns 0, or -1. */
static int make_glob(const char *pattern, char *to, size_t size)
{
	char *const end = to + size - 3;
	struct pattern_item item;

	while (pattern && *pattern && to < end) {
		pattern = pattern_next(pattern, &item);
		if (item.literal && strchr("*?[\\", item.literal))
			*to++ = '\\';
		if (item.literal)
			*to++ = item.literal;
		else
			*to++ = '*';
	}
	*to = '\0';
	return pattern && !*pattern ? 0 : -1;
}

/* A lock file lies beside its mailbox: it is nobody's. */
static bool is_lock_file(const char *path)
{
	const size_t n = strlen(path);
	char mailbox[PATH_MAX];

	if (n < 5 || strcmp(path + n - 5, ".lock") != 0)
		return false;
	(void)snprintf(mailbox, sizeof(mailbox), "%.*s", (int)(n - 5), path);
	return !mailbox_is_gone(mailbox);
}

/* Virtual users have only their files. */
static int write_files(struct search *s)
{
	const char *mailbox = s->options->mailbox;
	char pattern[2 * PATH_MAX], user[USERNAME_OCTETS + 1];
	glob_t found = {.gl_pathc = 0};
	int status;
	struct stat st;
	size_t i;

	if (make_glob(mailbox, pattern, sizeof(pattern)) < 0)
		return -1;
	status = glob(pattern, 0, NULL, &found);
	for (i = 0; status == 0 && i < found.gl_pathc; i++)
		if (lstat(found.gl_pathv[i], &st) == 0 && S_ISREG(st.st_mode) &&
		    !is_lock_file(found.gl_pathv[i]) &&
		    mailbox_user(mailbox, found.gl_pathv[i], user) >= 0)
			status = write_name(s, user);
	globfree(&found);
	return status == GLOB_NOMATCH ? 0 : status;
}

/* Only --mail-user's account may be able to list its directories. */
static int search_child(void *with)
{
	struct search *s = with;
	const char *name = s->options->mail_user;
	const struct passwd *pw;

	if (!name)
		return write_accounts(s) == 0 ? 0 : 1;
	pw = getpwnam(name);
	if (!pw || privileges_switch(pw->pw_uid, pw->pw_gid, NULL) ||
	    crew_bind() < 0)
		return 1;
	return write_files(s) == 0 ? 0 : 1;
}

int adoptusers_add(struct adoptusers *to, const char *name)
{
	void *more = realloc(to->names, (to->n + 1) * sizeof(*to->names));

	if (!more)
		return -1;
	to->names = more;
	(void)snprintf(to->names[to->n++], sizeof(*to->names), "%s", name);
	return 0;
}

/* Returns 0, or -1 with errno. */
static int read_names(int fd, struct adoptusers *ret)
{
	char name[USERNAME_OCTETS + 1];
	off_t at = 0;
	ssize_t n;

	for (;;) {
		n = fileio_pread(fd, name, sizeof(name), at);
		if (n <= 0)
			return (int)n;
		n = (ssize_t)strnlen(name, (size_t)n);
		errno = EBADMSG;
		if (n == sizeof(name) || options_name_problem(name) ||
		    adoptusers_add(ret, name) < 0)
			return -1;
		at += n + 1;
	}
}

const char *adoptusers_find(const struct options *o, struct adoptusers *ret)
{
	static struct crew crew;
	struct search s = {.options = o};
	const char *problem = NULL;
	int how = CREW_KILLED;

	ret->n = 0;
	ret->names = NULL;
	s.out = memfd_create("users", MFD_CLOEXEC);
	if (s.out < 0)
		return strerrordesc_np(errno);
	crew_init(&crew, crew_keep_end, &how);
	if (crew_start(&crew, "users", deadline_in(SECONDS), search_child,
	               &s) == 0)
		crew_wait(&crew, 0);
	if (how == CREW_OVERDUE)
		problem = "looking for the mailboxes takes too long; fix: "
			  "find the one whose file system does not answer";
	else if (how != 0)
		problem = "the mailboxes cannot be listed; fix: set mailbox "
			  "and mail-user in " OPTIONS_FILE;
	else if (read_names(s.out, ret) < 0)
		problem = strerrordesc_np(errno);
	(void)close(s.out);
	return problem;
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#include "admin/copies.h"

#include "base/statefile.h"
#include "base/statename.h"
#include "config/options.h"
#include "config/username.h"
#include "sandbox/privileges.h"
#include "sandbox/sandbox.h"

#define WORK_TIME 1200              /* seconds, besides --lock-timeout */
#define OUT_MOST  ((off_t)64 << 20) /* octets that a child can tell */
#define PROBLEM   (PATH_MAX + 512)

static int print_problem(const char *user, const char *problem)
{
	(void)fflush(stdout);
	(void)fprintf(stderr, "onepopctl: %s: %s\n", user, problem);
	return 1;
}

void copies_print(const struct copies *c, const char *problem)
{
	(void)print_problem(c->account.name, problem);
}

static int print_errno(const struct copies *c, const char *step)
{
	char problem[PROBLEM];

	(void)snprintf(problem, sizeof(problem), "%s: %s", step,
	               strerrordesc_np(errno));
	return print_problem(c->account.name, problem);
}

static const char *find_account(struct copies *c, const char *login)
{
	const struct options *o = c->options;
	char name[USERNAME_OCTETS + 1];

	(void)snprintf(c->account.name, sizeof(c->account.name), "%s", login);
	if (!username_fill(name, o->account, login))
		return "--account makes no name of it";
	memcpy(c->account.name, name, sizeof(name));
	if (account_is_root(name))
		return "root may not log in";
	return account_fill(&c->account, o->mail_user ? o->mail_user : name);
}

/* Returns whether the state directory has a file of copies of that name. */
static bool has_copies(int dir, const char *file)
{
	return faccessat(dir, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Opens the file, which only the start user can have made. */
static int open_file(struct copies *c, int dir, const char *file)
{
	struct stat st;

	c->file = openat(dir, file,
	                 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (c->file < 0 || fstat(c->file, &st) < 0)
		return print_errno(c, file);
	if (statefile_is_ours(&st))
		return 0;
	errno = EPERM;
	return print_errno(c, file);
}

/* A file that cannot become larger. */
static int open_out(struct copies *c)
{
	c->out = memfd_create("copies", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (c->out < 0 || ftruncate(c->out, OUT_MOST) < 0 ||
	    fcntl(c->out, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) < 0)
		return print_errno(c, "memfd");
	return 0;
}

/* The lock comes first: then nobody replaces the file. */
static int prepare(struct copies *c, int dir, const char *file)
{
	enum maildrop_status status;
	int result;

	status = maildrop_prepare(&c->maildrop, c->options, &c->account);
	if (status == MAILDROP_SESSION) {
		copies_print(c, "a session uses the mailbox; fix: end it, and "
		                "run this once more");
		return EX_TEMPFAIL;
	}
	if (status != MAILDROP_OK)
		return print_problem(c->account.name, c->maildrop.problem);
	result = open_file(c, dir, file);
	return result ? result : open_out(c);
}

int copies_open(struct copies *c, const struct options *o, const char *login)
{
	char file[NAME_MAX + 1];
	struct mailpath p;
	const char *problem;
	int dir, result = 0;

	*c = (struct copies){.options = o, .file = -1, .out = -1};
	maildrop_init(&c->maildrop);
	problem = find_account(c, login);
	if (!problem)
		problem = mailpath_fill(&p, o->mailbox, c->account.name,
		                        c->account.home);
	if (problem)
		return print_problem(login, problem);
	dir = statefile_directory(o->state_dir);
	if (dir < 0) {
		(void)print_errno(c, o->state_dir);
		return EX_CONFIG;
	}
	statename_make(file, p.state, strlen(p.state), STATENAME_DELETED);
	if (has_copies(dir, file))
		result = prepare(c, dir, file);
	(void)close(dir);
	return result;
}

int copies_work(struct copies *c, crew_work_fn *work, void *with)
{
	const int time = c->options->lock_timeout + WORK_TIME;
	struct crew crew;
	int how = CREW_KILLED;

	crew_init(&crew, crew_keep_end, &how);
	if (crew_start(&crew, c->account.name, deadline_in(time), work, with) <
	    0) {
		(void)print_errno(c, "fork");
		return -1;
	}
	crew_wait(&crew, 0);
	if (how == CREW_OVERDUE)
		copies_print(c, "it takes too long; fix: make sure that the "
		                "mailbox's file system answers");
	else if (how < 0)
		copies_print(c, "it was killed; fix: run this once more");
	return how < 0 ? -1 : how;
}

static const char *open_mailbox(struct copies *c, struct sandbox_files *files)
{
	struct maildrop *d = &c->maildrop;

	if (maildrop_open(d) != MAILDROP_OK)
		return d->problem;
	maildrop_descriptors(d, &files->mailbox, &files->journal,
	                     &files->index);
	return NULL;
}

const char *copies_become_user(struct copies *c, bool mailbox)
{
	static char text[256];
	struct sandbox_files files = {.keep = NULL};
	const char *problem = "dup2";

	if (dup2(c->file, COPIES_IN) == COPIES_IN &&
	    dup2(c->out, COPIES_OUT) == COPIES_OUT)
		problem = privileges_switch(c->account.uid, c->account.gid,
		                            c->options->chroot);
	if (!problem && crew_bind() < 0)
		problem = "PR_SET_PDEATHSIG";
	if (!problem && mailbox) {
		problem = open_mailbox(c, &files);
		if (problem)
			return problem;
	}
	if (!problem)
		problem = sandbox_mail(c->options, &files);
	if (!problem)
		return NULL;
	(void)snprintf(text, sizeof(text), "%s: %s", problem,
	               strerrordesc_np(errno));
	return text;
}

void copies_close(struct copies *c)
{
	maildrop_close(&c->maildrop);
	if (c->file >= 0)
		(void)close(c->file);
	if (c->out >= 0)
		(void)close(c->out);
	c->file = c->out = -1;
}

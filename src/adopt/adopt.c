/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "adopt/adopt.h"

#include "admin/crew.h"
#include "adopt/adoptjoin.h"
#include "adopt/adoptmerge.h"
#include "adopt/adoptreport.h"
#include "adopt/adoptserver.h"
#include "adopt/adoptusers.h"
#include "adopt/askids.h"
#include "adopt/idfile.h"
#include "adopt/idlist.h"
#include "base/deadline.h"
#include "base/fileio.h"
#include "base/statefile.h"
#include "base/statename.h"
#include "config/account.h"
#include "config/options.h"
#include "config/username.h"
#include "maildrop/maildrop.h"
#include "oldid/oldid.h"
#include "update/journalstate.h"
#include "update/recovery.h"

#define WORK_TIME 1200 /* seconds for a mailbox, besides --lock-timeout */
#define WAIT_TIME 2    /* seconds that a session may take to end */
#define PROBLEM   (PATH_MAX + 512)

/* A mailbox, while its child works. */
struct job {
	bool used;
	struct adoptjoin join;
	struct maildrop maildrop;
	struct account account;
	struct idlist list; /* of the old server, if the run has no format */
	struct askids ask;  /* where the old server is asked for the list */
	bool served; /* it had an index before, so a client may know ids */
};

/* One run of adopt_run. */
struct run {
	const struct options *options;
	const struct adopt *adopt;
	const struct oldid_format *format; /* NULL: auto, or the file tells */
	struct idfile file;
	int dir; /* the state directory */
	struct crew crew;
	struct job jobs[CREW_MOST];

	/* Users that are in use, to be tried again at the end */
	struct adoptusers again;
	bool last; /* that is now */

	struct adoptserver server; /* without a URL: none is asked */
	struct adoptreport report;
};

/* Where the ids come from; each of these stands alone. */
static int count_sources(const struct adopt *a)
{
	return !!a->format + !!a->from_file + !!a->from + !!a->verify +
	       !!a->drop;
}

static const char *format_problem(const char *format)
{
	static char problem[256];
	const struct oldid_format *f;
	size_t n;

	if (strcmp(format, "auto") == 0 || oldid_format(format))
		return NULL;
	n = (size_t)snprintf(problem, sizeof(problem),
	                     "--format: is none of auto");
	for (f = oldid_formats; f->name && n < sizeof(problem); f++)
		n += (size_t)snprintf(problem + n, sizeof(problem) - n, " %s",
		                      f->name);
	return problem;
}

static const char *server_problem(const struct adopt *a)
{
	if (a->verify && a->dry_run)
		return "--verify writes nothing: --dry-run has no use there";
	if (!a->password_file)
		return "needs --password-file FILE";
	return adoptserver_problem(a->from ? a->from : a->verify, a->user_form);
}

const char *adopt_problem(const struct adopt *a)
{
	const bool one = count_sources(a) == 1, named = a->all || a->users[0];

	if (!one)
		return "needs --format FORMAT, --from URL, --from-file FILE, "
		       "--verify URL or --drop USER, and only one of them";
	if (!a->from && !a->verify && (a->user_form || a->password_file))
		return "--user-form and --password-file belong to --from and "
		       "--verify";
	if (a->drop)
		return named || a->dry_run ? "--drop stands alone" : NULL;
	if (a->from_file)
		return named ? "--from-file takes only --dry-run beside it"
		             : NULL;
	if (a->all == (a->users[0] != NULL))
		return "needs names of users, or --all";
	return a->format ? format_problem(a->format) : server_problem(a);
}

/* Returns the word for what made the ids, or NULL if the child made it up. */
static const char *name_source(const struct run *run, const struct job *j,
                               const struct adoptjoin_result *r)
{
	const struct oldid_format *f = run->format;

	if (j->list.source)
		return j->list.source;
	if (!f)
		f = oldid_format(r->format);
	return f ? f->name : NULL;
}

/* Returns 0, or -1 with errno. */
static int keep_pairs(const struct run *run, const struct job *j,
                      const struct adoptjoin_result *r,
                      const struct adoptmerge *m)
{
	const char *source = name_source(run, j, r);

	if (m->added == 0 || run->adopt->dry_run)
		return 0;
	errno = EBADMSG;
	return source ? adoptmerge_write(m, source, run->dir,
	                                 j->maildrop.path.state)
	              : -1;
}

/* Makes one file of all pairs.  Returns 0, or -1 with errno. */
static int merge_pairs(const struct job *j, const struct adoptjoin_result *r,
                       const char *pairs, struct adoptmerge *m)
{
	if (adoptmerge_make(&j->maildrop.adopted, pairs, r->octets, m) < 0)
		return -1;
	if ((uint64_t)m->added + m->kept <= r->messages)
		return 0;
	errno = EBADMSG;
	return -1;
}

static void take_pairs(struct run *run, const struct job *j,
                       const struct adoptjoin_result *r, const char *pairs)
{
	const char *const user = j->account.name;
	struct adoptmerge m = {.pairs = NULL};

	if (merge_pairs(j, r, pairs, &m) < 0) {
		adoptreport_errno(&run->report, user, "what was found");
	} else if (keep_pairs(run, j, r, &m) < 0) {
		adoptreport_errno(&run->report, user, run->options->state_dir);
	} else {
		if (j->served && m.added > 0)
			adoptreport_served(&run->report, user, m.added);
		adoptreport_user(&run->report, user, r, &m);
	}
	free(m.pairs);
}

/* A mailbox that is in use is tried again at the end, once. */
static void put_off(struct run *run, const char *user, const char *problem)
{
	char text[PROBLEM];

	if (!run->last && adoptusers_add(&run->again, user) == 0)
		return;
	(void)snprintf(text, sizeof(text),
	               "%s: nothing is %s; fix: end what uses the mailbox, and "
	               "run this once more",
	               problem, run->adopt->verify ? "compared" : "adopted");
	adoptreport_error(&run->report, user, text);
	run->report.busy++;
}

/* Makes a text of n octets that came from a child. */
static char *clean_lines(char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (text[i] != '\t' && text[i] != '\n' &&
		    (text[i] < ' ' || text[i] > '~'))
			text[i] = '?';
	text[n] = '\0';
	return text;
}

/* The child has ended, and says how. */
static void take_result(struct run *run, struct job *j, enum adoptjoin_end end)
{
	static struct adoptjoin_result r;
	const char *const user = j->account.name;
	char *pairs;

	if (adoptjoin_read(j->join.out, &r, &pairs) < 0) {
		adoptreport_errno(&run->report, user, "what was found");
		return;
	}
	recovery_log((enum recovery)r.recovery, j->maildrop.path.path, "", "");
	if (end == ADOPTJOIN_DONE && run->adopt->verify)
		adoptreport_compared(&run->report, user, &r,
		                     clean_lines(pairs, r.octets));
	else if (end == ADOPTJOIN_DONE)
		take_pairs(run, j, &r, pairs);
	else if (end == ADOPTJOIN_BUSY)
		put_off(run, user, "another program uses the mailbox");
	else
		adoptreport_problem(&run->report, user, r.problem);
	free(pairs);
}

static void end_job(struct run *run, struct job *j, int how)
{
	if (how == CREW_OVERDUE)
		/* The child has the journal locked until we end. */
		adoptreport_problem(
			&run->report, j->account.name,
			"the search takes too long; fix: make sure that "
			"its file system answers");
	else if (how >= 0 && how <= ADOPTJOIN_PROBLEM) {
		if (run->server.url)
			adoptserver_asked(&run->server, &run->report,
			                  j->account.name, j->ask.out);
		take_result(run, j, (enum adoptjoin_end)how);
	} else if (how > ASKIDS_ASKED && how <= ASKIDS_SERVER)
		adoptserver_failed(&run->server, &run->report, j->account.name,
		                   how, j->ask.out);
	else
		adoptreport_problem(
			&run->report, j->account.name,
			"the search was killed; fix: run this once more");
}

static bool only_looks(const struct run *run)
{
	return run->adopt->dry_run || run->adopt->verify;
}

/* Has the state directory a file of the mailbox with octets in it? */
static bool has_state(const struct run *run, const char *state,
                      const char *suffix)
{
	char file[NAME_MAX + 1];
	struct stat st;

	statename_make(file, state, strlen(state), suffix);
	return fstatat(run->dir, file, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_size > 0;
}

/*
 * An index that the search made is of no use without ids, and would look as if
 * a client had seen it.
 */
static void remove_index(const struct run *run, const struct job *j)
{
	const char *const state = j->maildrop.path.state;
	char file[NAME_MAX + 1];

	if (only_looks(run) || j->served ||
	    has_state(run, state, STATENAME_UIDL))
		return;
	statename_make(file, state, strlen(state), STATENAME_INDEX);
	(void)unlinkat(run->dir, file, 0);
}

/* The children of other users must not have it. */
static void wipe_password(struct job *j)
{
	explicit_bzero(j->ask.login.password, sizeof(j->ask.login.password));
}

static void free_job(const struct run *run, struct job *j)
{
	remove_index(run, j);
	wipe_password(j);
	idlist_free(&j->list);
	if (j->join.out >= 0)
		(void)close(j->join.out);
	if (j->ask.out >= 0)
		(void)close(j->ask.out);
	maildrop_close(&j->maildrop);
	j->used = false;
}

/* A crew_told_fn. */
static void end_child(void *to, const char *user, int how)
{
	struct run *run = to;
	struct job *j = run->jobs;

	while (!j->used || strcmp(j->account.name, user) != 0)
		j++;
	end_job(run, j, how);
	free_job(run, j);
	adoptreport_step(&run->report);
}

/*
 * Prepares the mailbox.  From here on it is in a session of ours: no client can
 * see it before its ids are written.
 */
static enum maildrop_status prepare_mailbox(struct run *run, struct job *j)
{
	const struct options *o = run->options;
	enum maildrop_status status;
	struct mailpath p;
	char file[NAME_MAX + 1];

	if (!mailpath_fill(&p, o->mailbox, j->account.name, j->account.home))
		j->served = has_state(run, p.state, STATENAME_INDEX);
	if (!only_looks(run))
		return maildrop_prepare(&j->maildrop, o, &j->account);
	status = maildrop_look(&j->maildrop, o, &j->account);
	if (status != MAILDROP_OK)
		return status;
	statename_make(file, p.state, strlen(p.state), STATENAME_JOURNAL);
	if (journalstate_look(run->dir, file) == JOURNALSTATE_PENDING) {
		j->maildrop.problem = "an update of it was interrupted; fix: "
				      "onepopctl recover";
		return MAILDROP_REFUSED;
	}
	return MAILDROP_OK;
}

static bool prepare_account(struct run *run, struct job *j, const char *user)
{
	const char *mail_user = run->options->mail_user;
	const char *problem;

	(void)snprintf(j->account.name, sizeof(j->account.name), "%s", user);
	if (account_is_root(user))
		problem = "root may not log in";
	else
		problem =
			account_fill(&j->account, mail_user ? mail_user : user);
	if (problem)
		adoptreport_problem(&run->report, user, problem);
	return !problem;
}

/* Returns 0, or -1 with errno. */
static int fill_list(const struct run *run, struct job *j)
{
	const struct idfile_user *u = idfile_find(&run->file, j->account.name);

	return u ? idfile_list(&run->file, u, &j->list) : 0;
}

/* Returns 0, or -1 with errno. */
static int start_work(struct run *run, struct job *j)
{
	const char *user = j->account.name;
	const int time = run->options->lock_timeout + WORK_TIME;
	int status;

	j->join.out = adoptjoin_file();
	if (j->join.out < 0 || fill_list(run, j) < 0)
		return -1;
	if (!run->server.url)
		return crew_start(&run->crew, user, deadline_in(time),
		                  adoptjoin_child, &j->join);
	j->ask.out = askids_file();
	if (j->ask.out < 0)
		return -1;
	status = crew_start(&run->crew, user, deadline_in(time + ASKIDS_TIME),
	                    askids_join, &j->ask);
	wipe_password(j);
	return status;
}

/* Returns whether the child was started; else it has said why not. */
static bool start_child(struct run *run, struct job *j)
{
	j->join = (struct adoptjoin){
		.options = run->options,
		.maildrop = &j->maildrop,
		.uid = j->account.uid,
		.gid = j->account.gid,
		.out = -1,
		.list = run->adopt->format ? NULL : &j->list,
		.format = run->format,
		.compare = run->adopt->verify,
	};
	j->used = true;
	if (start_work(run, j) == 0) {
		idlist_free(&j->list); /* the child has its own */
		return true;
	}
	adoptreport_errno(&run->report, j->account.name, "fork");
	free_job(run, j);
	return false;
}

/* Returns whether the user can log in at the old server, if one is asked. */
static bool prepare_login(struct run *run, struct job *j, const char *user)
{
	const char *problem;

	if (!run->server.url)
		return true;
	idlist_init(&j->list, "pop3", HEADERKEY_HEADER);
	j->ask.options = run->options;
	j->ask.url = run->server.url;
	j->ask.passwords = &run->server.passwords;
	j->ask.join = &j->join;
	j->ask.list = &j->list;
	problem = adoptserver_login(&run->server, user, &j->ask.login);
	if (problem)
		adoptreport_problem(&run->report, user, problem);
	return !problem;
}

/* Returns whether a child works for the user now. */
static bool start_job(struct run *run, struct job *j, const char *user)
{
	enum maildrop_status status;

	memset(j, 0, sizeof(*j));
	maildrop_init(&j->maildrop);
	j->join.out = j->ask.out = -1;
	if (run->server.useless) {
		run->report.unasked++;
		return false;
	}
	if (!prepare_account(run, j, user) || !prepare_login(run, j, user))
		return false;
	status = prepare_mailbox(run, j);
	if (status == MAILDROP_OK)
		return start_child(run, j);
	if (status == MAILDROP_SESSION)
		put_off(run, user, "a session uses the mailbox");
	else
		adoptreport_problem(&run->report, user, j->maildrop.problem);
	wipe_password(j);
	maildrop_close(&j->maildrop);
	return false;
}

static void adopt_user(struct run *run, const char *user)
{
	struct job *j = run->jobs;

	crew_wait(&run->crew,
	          (run->server.url ? ASKIDS_AT_ONCE : CREW_MOST) - 1);
	while (j->used)
		j++;
	if (start_job(run, j, user))
		return;
	adoptreport_step(&run->report);
}

/* Finds the account's name of a login name.  Returns whether it has one. */
static bool find_name(struct run *run, const char *login,
                      char name[static USERNAME_OCTETS + 1])
{
	if (username_fill(name, run->options->account, login))
		return true;
	adoptreport_problem(&run->report, login,
	                    "--account makes no name of it");
	return false;
}

/* An account that stands twice would be in use by itself. */
static void adopt_users(struct run *run, char *const *logins)
{
	struct adoptusers users = {.n = 0};
	char name[USERNAME_OCTETS + 1];
	size_t i, k;

	for (; *logins; logins++) {
		if (!find_name(run, *logins, name))
			continue;
		for (k = 0; k < users.n && strcmp(users.names[k], name) != 0;)
			k++;
		if (k == users.n && adoptusers_add(&users, name) < 0)
			adoptreport_errno(&run->report, *logins, "malloc");
	}
	for (i = 0; i < users.n; i++)
		adopt_user(run, users.names[i]);
	crew_wait(&run->crew, 0);
	free(users.names);
}

static void adopt_listed(struct run *run, const struct adoptusers *users)
{
	size_t i;

	adoptreport_begin(&run->report, users->n);
	for (i = 0; i < users->n; i++)
		adopt_user(run, users->names[i]);
	crew_wait(&run->crew, 0);
}

static void adopt_filed(struct run *run)
{
	size_t i;

	adoptreport_begin(&run->report, run->file.n);
	for (i = 0; i < run->file.n; i++)
		adopt_user(run, run->file.users[i].account);
	crew_wait(&run->crew, 0);
}

static int run_all(struct run *run)
{
	struct adoptusers users = {.n = 0}, again;
	const char *problem;

	if (run->adopt->from_file) {
		adopt_filed(run);
	} else if (run->adopt->all) {
		problem = adoptusers_find(run->options, &users);
		if (problem)
			adoptreport_problem(&run->report, "--all", problem);
		adopt_listed(run, &users);
		free(users.names);
	} else {
		adopt_users(run, run->adopt->users);
	}
	again = run->again;
	run->again = (struct adoptusers){.n = 0};
	run->last = true;
	adopt_listed(run, &again);
	free(again.names);
	adoptreport_summary(&run->report);
	if (run->report.problems + run->report.unasked > 0 ||
	    (run->report.compare && !adoptreport_all_equal(&run->report)))
		return 1;
	return run->report.busy > 0 ? EX_TEMPFAIL : EX_OK;
}

/* Removes the file while no session can use it.  Returns 0, or -1. */
static int drop_locked(const struct run *run, const char *state)
{
	char file[NAME_MAX + 1], new[NAME_MAX + 1];

	statename_make(file, state, strlen(state), STATENAME_UIDL);
	statename_make(new, state, strlen(state), STATENAME_NEW);
	(void)unlinkat(run->dir, new, 0);
	if (unlinkat(run->dir, file, 0) < 0)
		return -1;
	return fileio_fsync(run->dir);
}

/* Needs neither the mailbox nor a file that can be read. */
static int drop_user(struct run *run, const char *login)
{
	char user[USERNAME_OCTETS + 1];
	static struct job j;
	struct journal journal;
	struct mailpath p;
	const char *problem;
	int result;

	if (!find_name(run, login, user) || !prepare_account(run, &j, user))
		return 1;
	problem =
		mailpath_fill(&p, run->options->mailbox, user, j.account.home);
	if (problem) {
		adoptreport_problem(&run->report, user, problem);
		return 1;
	}
	if (journal_open(&journal, run->dir, p.state, deadline_in(WAIT_TIME)) <
	    0) {
		adoptreport_errno(&run->report, user, run->options->state_dir);
		return errno == EWOULDBLOCK ? EX_TEMPFAIL : 1;
	}
	result = drop_locked(run, p.state);
	journal_close(&journal);
	if (result == 0)
		(void)printf("%s: the adopted ids are forgotten: clients "
		             "download these messages once more\n",
		             user);
	else if (errno == ENOENT)
		(void)printf("%s: there are no adopted ids\n", user);
	else
		adoptreport_errno(&run->report, user, run->options->state_dir);
	return result == 0 || errno == ENOENT ? EX_OK : 1;
}

/* What adopt_begin has opened, or -1 and why not. */
static int file_fd = -1, file_error;

void adopt_begin(const struct adopt *a)
{
	if (a->from_file)
		file_fd = open(a->from_file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	file_error = errno;
}

/* Returns EX_OK, or the exit status of a problem, which is printed. */
static int take_file(struct run *run)
{
	const char *problem;

	errno = file_error;
	if (file_fd < 0) {
		adoptreport_errno(&run->report, run->adopt->from_file, "open");
		return EX_NOINPUT;
	}
	problem = idfile_read(&run->file, file_fd, run->options->account);
	(void)close(file_fd);
	if (!problem)
		return EX_OK;
	adoptreport_problem(&run->report, run->adopt->from_file, problem);
	return run->file.text ? EX_DATAERR : EX_NOINPUT;
}

/* As take_file does. */
static int take_server(struct run *run)
{
	const char *problem = adoptserver_begin(&run->server, &run->report);

	if (!problem)
		return EX_OK;
	adoptreport_error(&run->report, run->server.url, problem);
	return EX_NOINPUT;
}

/* As take_file does. */
static int begin_source(struct run *run)
{
	if (run->adopt->from_file)
		return take_file(run);
	if (run->server.url)
		return take_server(run);
	if (adoptjoin_begin(run->format) == 0)
		return EX_OK;
	adoptreport_errno(&run->report, run->adopt->format, "libcrypto");
	return EX_OSERR;
}

int adopt_run(const struct options *o, const struct adopt *a)
{
	static struct run run;
	int status;

	memset(&run, 0, sizeof(run));
	run.options = o;
	run.adopt = a;
	run.server.url = a->from ? a->from : a->verify;
	run.server.form = a->user_form ? a->user_form : "%u";
	run.server.file = a->password_file;
	run.report.all = a->all || a->from_file;
	run.report.dry_run = a->dry_run;
	run.report.listed = !a->format;
	run.report.compare = a->verify;
	adoptreport_init(&run.report);
	idfile_init(&run.file);
	crew_init(&run.crew, end_child, &run);
	run.dir = statefile_directory(o->state_dir);
	if (run.dir < 0) {
		adoptreport_errno(&run.report, "state", o->state_dir);
		return EX_CONFIG;
	}
	run.format = oldid_format(a->format ? a->format : "");
	if (a->drop) {
		status = drop_user(&run, a->drop);
	} else {
		status = begin_source(&run);
		if (status == EX_OK)
			status = run_all(&run);
	}
	idfile_free(&run.file);
	adoptserver_end(&run.server);
	(void)close(run.dir);
	return status;
}

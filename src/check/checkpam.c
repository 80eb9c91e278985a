/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/checkpam.h"

#include "admin/report.h"
#include "auth/pam.h"
#include "auth/service.h"
#include "base/module.h"
#include "base/statefile.h"
#include "check/checkmodules.h"
#include "config/options.h"

#define PAM_DEPTH 16
#define PAM_LINE  1024
#define TALLY     "/var/run/faillock"           /* the default of dir= */
#define FAILLOCK  "/etc/security/faillock.conf" /* the default of conf= */

/* A service's file, and the files it includes, read as PAM reads them. */
struct pam_file {
	FILE *f;
	char name[PATH_MAX];
	char type[16]; /* only lines of this type count, or all */
};

struct pam_walk {
	const struct report *r;
	const char *confdir; /* --pam-confdir, or NULL */
	struct pam_file files[PAM_DEPTH];
	int depth;
	unsigned int modules; /* named in lines */
	unsigned int auth, account, session;
	unsigned int asks; /* of auth, those that can say no */
	bool open_door;    /* lets everybody in before one of these is asked */
	bool refused;      /* no session accepts the service */
	bool helper;       /* --pam-helper yes, or no sandbox */
	bool unix_seen;    /* pam_unix has been checked */
	struct checkpam_faillock *faillock;
};

struct pam_line {
	const char *type, *control, *module;
	char *arguments;
	bool may_lack; /* a dash: it is no problem if it is not installed */
};

static bool open_pam_file(const struct pam_walk *w, const char *name,
                          const char *type, struct pam_file *ret)
{
	static const char *const system_dirs[] = {"/etc/pam.d",
	                                          "/usr/lib/pam.d"};
	const char *confdir = w->confdir, *dir;
	int i, dirs = confdir || *name == '/' ? 1 : 2;

	ret->f = NULL;
	(void)snprintf(ret->type, sizeof(ret->type), "%s", type);
	for (i = 0; i < dirs && !ret->f; i++) {
		dir = confdir ? confdir : system_dirs[i];
		(void)snprintf(ret->name, sizeof(ret->name), "%s%s%s",
		               *name == '/' ? "" : dir, *name == '/' ? "" : "/",
		               name);
		ret->f = fopen(ret->name, "re");
	}
	return ret->f != NULL;
}

/* PAM refuses a service that includes too deeply. */
static void close_pam_files(struct pam_walk *w)
{
	while (w->depth > 0)
		(void)fclose(w->files[--w->depth].f);
}

static void enter_pam_file(struct pam_walk *w, const char *name,
                           const char *type)
{
	struct pam_file *file = &w->files[w->depth];
	struct stat st;

	if (w->depth == PAM_DEPTH) {
		report_say(w->r, REPORT_PROBLEM,
		           "PAM: %s is included too deeply; fix: take an "
		           "include line out",
		           name);
		close_pam_files(w);
		return;
	}
	if (!open_pam_file(w, name, type, file)) {
		if (!w->refused || w->depth)
			report_say(w->r, REPORT_PROBLEM,
			           "PAM: no service %s that can be read in "
			           "%s; fix: correct its name in the line "
			           "that includes it",
			           name,
			           *name == '/' ? "/"
			           : w->confdir ? w->confdir
			                        : "/etc/pam.d, /usr/lib/pam.d");
		return;
	}
	if (fstat(fileno(file->f), &st) == 0 && statefile_others_write(&st))
		report_say(w->r, REPORT_PROBLEM,
		           "PAM: others may write %s; fix: chmod go-w %s",
		           file->name, file->name);
	w->depth++;
}

/* Cuts off a word, or all that is in brackets; NULL at the end. */
static char *cut_pam_word(char **text)
{
	char *word = *text + strspn(*text, " \t\n");
	char *end;

	end = *word == '[' ? word + strcspn(word, "]")
	                   : word + strcspn(word, " \t\n");
	*text = end;
	if (*end)
		*(*text)++ = '\0';
	return *word ? word : NULL;
}

/* Reads a line, and the lines that a backslash joins to it. */
static bool read_pam_line(FILE *f, char *buf, size_t size)
{
	size_t n = 0;

	do {
		if (!fgets(buf + n, (int)(size - n), f))
			return n > 0;
		n += strcspn(buf + n, "#\n");
		buf[n] = '\0';
	} while (n > 0 && buf[n - 1] == '\\' && n-- < size - 1);
	return true;
}

/* Returns false for a line with nothing in it. */
static bool split_pam_line(char *text, struct pam_line *ret)
{
	ret->type = cut_pam_word(&text);
	ret->control = cut_pam_word(&text);
	ret->module = cut_pam_word(&text);
	ret->arguments = text;
	if (!ret->type || !ret->control)
		return false;
	ret->may_lack = *ret->type == '-';
	ret->type += ret->may_lack;
	return true;
}

static bool is_module(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash ? slash + 1 : path, name) == 0;
}

/* Modules that write or mount as root; a session is no longer root. */
static void check_unfit_module(struct pam_walk *w, const struct pam_line *l)
{
	if (is_module(l->module, "pam_mkhomedir.so") ||
	    is_module(l->module, "pam_mount.so"))
		report_say(w->r, REPORT_WARNING,
		           "PAM: %s does not belong in a service for mail; "
		           "fix: remove its line from the service",
		           l->module);
}

static unsigned int read_limit(const char *value)
{
	unsigned long n = strtoul(value, NULL, 10); /* "never" is 0 */

	return n < UINT_MAX ? (unsigned int)n : UINT_MAX;
}

/* "deny=3", of a line or of faillock.conf, where blanks may stand in it. */
static void set_faillock_word(struct checkpam_faillock *f, const char *word)
{
	const size_t n = strcspn(word, "= \t");
	const char *value = word + n + strspn(word + n, "= \t");

	if (strncmp(word, "dir", n) == 0 && n == 3)
		(void)snprintf(f->dir, sizeof(f->dir), "%s", value);
	else if (strncmp(word, "deny", n) == 0 && n == 4)
		f->deny = read_limit(value);
	else if (strncmp(word, "fail_interval", n) == 0 && n == 13)
		f->interval = read_limit(value);
	else if (strncmp(word, "unlock_time", n) == 0 && n == 11)
		f->unlock = read_limit(value);
}

static void read_faillock_conf(struct checkpam_faillock *f,
                               const char *arguments)
{
	const char *conf = strstr(arguments, "conf=");
	char path[PATH_MAX], line[PAM_LINE];
	FILE *file;

	(void)snprintf(f->dir, sizeof(f->dir), "%s", TALLY);
	f->deny = 3;
	f->interval = 900;
	f->unlock = 600;
	(void)snprintf(path, sizeof(path), "%s", conf ? conf + 5 : FAILLOCK);
	path[strcspn(path, " \t")] = '\0';
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "#\n")] = '\0';
		set_faillock_word(f, line + strspn(line, " \t"));
	}
	if (file)
		(void)fclose(file);
}

/*
 * After a "required" preauth, PAM still checks the password of a blocked
 * account, and reports the right one as wrong.
 */
static void read_faillock_line(struct pam_walk *w, const struct pam_line *l)
{
	bool preauth = false;
	char *text = l->arguments;
	const char *word;

	if (*w->faillock->dir == '\0')
		read_faillock_conf(w->faillock, text);
	while ((word = cut_pam_word(&text))) {
		set_faillock_word(w->faillock, word);
		preauth |= strcmp(word, "preauth") == 0;
	}
	if (preauth && strcasecmp(l->control, "required") == 0)
		report_say(w->r, REPORT_WARNING,
		           "PAM: pam_faillock.so preauth is required: the "
		           "right password of a blocked account would be "
		           "remembered as a wrong one; fix: change required "
		           "to requisite in its line");
}

/* Whether anybody can log in, and whether everybody can. */
static void count_auth_line(struct pam_walk *w, const struct pam_line *l)
{
	static const char *const asks_nothing[] = {
		"pam_permit.so",  "pam_env.so",  "pam_faildelay.so",
		"pam_echo.so",    "pam_warn.so", "pam_nologin.so",
		"pam_faillock.so"};
	size_t i;

	w->auth++;
	if (w->asks == 0 && is_module(l->module, "pam_permit.so") &&
	    strcasecmp(l->control, "sufficient") == 0)
		w->open_door = true;
	for (i = 0; i < sizeof(asks_nothing) / sizeof(asks_nothing[0]); i++)
		if (is_module(l->module, asks_nothing[i]))
			return;
	w->asks++;
}

/*
 * pam_unix of Linux-PAM 1.5 and before reads /etc/shadow itself, with this
 * function of libpam; a later one leaves that to a helper.
 */
#define READS_SHADOW "pam_modutil_getspnam"

static void check_helper(struct pam_walk *w, const char *module)
{
	const bool alone = checkmodules_names(READS_SHADOW);

	if (w->unix_seen || !is_module(module, "pam_unix.so"))
		return;
	w->unix_seen = true;
	if (!alone && !w->helper)
		report_say(w->r, REPORT_PROBLEM,
		           "PAM: %s needs a helper that is not allowed to "
		           "run: users of /etc/shadow cannot log in; fix: set "
		           "--pam-helper yes",
		           module);
	if (alone && w->helper)
		report_say(w->r, REPORT_WARNING,
		           "PAM: %s needs no helper; a session that may run "
		           "one can do more harm if it is taken over; fix: "
		           "set --pam-helper no",
		           module);
}

static void check_load(struct pam_walk *w, const struct pam_line *l,
                       const char *file)
{
	const char *problem = "";

	switch (checkmodules_load(l->module, &problem)) {
	case CHECKMODULES_FINE:
		check_helper(w, l->module);
		break;
	case CHECKMODULES_UNKNOWN:
		report_say(w->r, REPORT_WARNING,
		           "PAM: %s: whether libpam finds %s is not known; "
		           "fix: make sure that it is installed",
		           file, l->module);
		break;
	case CHECKMODULES_MISSING:
		if (l->may_lack)
			break;
		/* fall through */
	default:
		report_say(w->r, REPORT_PROBLEM,
		           "PAM: %s: no module %s: %s; fix: install it, or "
		           "remove the line",
		           file, l->module, problem);
		break;
	}
}

static void check_line(struct pam_walk *w, const struct pam_line *l,
                       const char *file)
{
	if (!l->module) {
		report_say(w->r, REPORT_PROBLEM,
		           "PAM: %s: %s without module; fix: add the module "
		           "to the line",
		           file, l->type);
		return;
	}
	w->modules++;
	if (strcasecmp(l->type, "auth") == 0)
		count_auth_line(w, l);
	else if (strcasecmp(l->type, "account") == 0)
		w->account++;
	else if (strcasecmp(l->type, "session") == 0)
		w->session++;
	check_unfit_module(w, l);
	if (is_module(l->module, "pam_faillock.so"))
		read_faillock_line(w, l);
	check_load(w, l, file);
}

/* Reads a line of the file on top, which may include another file. */
static void read_next_line(struct pam_walk *w)
{
	const struct pam_file *file = &w->files[w->depth - 1];
	char buf[PAM_LINE];
	struct pam_line l;

	if (!read_pam_line(file->f, buf, sizeof(buf))) {
		(void)fclose(file->f);
		w->depth--;
		return;
	}
	if (!split_pam_line(buf, &l))
		return;
	if (strcmp(l.type, "@include") == 0)
		enter_pam_file(w, l.control, file->type);
	else if (*file->type && strcasecmp(file->type, l.type) != 0)
		return;
	else if (l.module && (strcasecmp(l.control, "include") == 0 ||
	                      strcasecmp(l.control, "substack") == 0))
		enter_pam_file(w, l.module, l.type);
	else
		check_line(w, &l, file->name);
}

static void report_missing(const struct pam_walk *w, const char *service,
                           enum report_level level, const char *what)
{
	if (!w->refused)
		report_say(w->r, level,
		           "PAM: service %s has no %s; fix: add one, as in "
		           "pam.d/onepop",
		           service, what);
}

static void check_lines(const struct pam_walk *w, const char *service)
{
	if (w->auth == 0)
		report_missing(w, service, REPORT_PROBLEM,
		               "auth line: nobody can log in");
	else if (w->asks == 0 || w->open_door)
		report_say(w->r, REPORT_PROBLEM,
		           "PAM: service %s lets everybody in; fix: compare "
		           "it with pam.d/onepop",
		           service);
	if (w->account == 0)
		report_missing(
			w, service, REPORT_WARNING,
			"account line, so those of the service other count");
	if (w->session == 0)
		report_missing(
			w, service, REPORT_WARNING,
			"session line, so those of the service other count");
	report_say(w->r, REPORT_OK, "PAM: service %s names %u modules", service,
	           w->modules);
}

static void check_module(const struct report *r)
{
	const char *problem;

	if (module_symbol(PAM_LOGIN_MODULE, PAM_LOGIN_SYMBOL, &problem))
		report_say(r, REPORT_OK, "program: %s can be loaded",
		           PAM_LOGIN_MODULE);
	else
		report_say(r, REPORT_PROBLEM,
		           "program: %s; fix: install the library that it "
		           "names, or all of onepop",
		           problem);
}

/* Returns whether no session accepts the service. */
static bool is_refused(const struct report *r, const struct options *o)
{
	const char *problem = service_problem(o->pam_service, o->pam_confdir);

	if (problem)
		report_say(
			r, REPORT_PROBLEM, "nobody can log in: %s%s", problem,
			strstr(problem, "; fix: ") ? ""
						   : "; fix: see pam.d/onepop");
	return problem != NULL;
}

void checkpam_service(const struct report *r, const struct options *o,
                      struct checkpam_faillock *faillock)
{
	static struct pam_walk w; /* too large for the stack */

	memset(&w, 0, sizeof(w));
	memset(faillock, 0, sizeof(*faillock));
	w.r = r;
	w.confdir = o->pam_confdir;
	w.helper = o->pam_helper == PAM_HELPER_YES || o->sandbox == SANDBOX_OFF;
	w.faillock = faillock;
	w.refused = is_refused(r, o);
	enter_pam_file(&w, o->pam_service, "");
	if (w.depth > 0) {
		while (w.depth > 0)
			read_next_line(&w);
		check_lines(&w, o->pam_service);
	}
	check_module(r);
}

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checkpam.h"

#include "module.h"
#include "options.h"
#include "pam.h"
#include "report.h"

#define OTHERS_WRITE (S_IWGRP | S_IWOTH)
#define PAM_DEPTH    16
#define PAM_LINE     1024
#define TALLY        "/var/run/faillock" /* unless dir= says another */

/* A service's file, and the files it includes, read as PAM reads them. */
struct pam_file {
	FILE *f;
	char name[PATH_MAX];
	char type[16]; /* only lines of this type count, or all */
};

struct pam_walk {
	struct report *r;
	const char *confdir; /* --pam-confdir, or NULL */
	struct pam_file files[PAM_DEPTH];
	int depth;
	unsigned int modules; /* named in lines */
	unsigned int auth, account, session;
	unsigned int asks; /* of auth, those that can say no */
	bool open_door;    /* lets everybody in before one of those is asked */
	char *tally;       /* pam_faillock's directory, if it is there */
};

struct pam_line {
	const char *type, *control, *module;
	char *arguments;
	bool may_lack; /* a dash: not worth a word if it is not installed */
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

/* PAM takes none of a service that has such a fault. */
static void leave_pam_files(struct pam_walk *w)
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
		report_say(w->r, REPORT_PROBLEM, "do not include so deeply",
		           "PAM: %s is included too deeply", name);
		leave_pam_files(w);
		return;
	}
	if (!open_pam_file(w, name, type, file)) {
		report_say(
			w->r, REPORT_PROBLEM,
			w->depth ? "correct the line that includes it"
				 : "install pam.d/onepop, or set --pam-service",
			"PAM: no service %s that can be read in %s", name,
			*name == '/' ? "/"
			: w->confdir ? w->confdir
				     : "/etc/pam.d, /usr/lib/pam.d");
		return;
	}
	if (fstat(fileno(file->f), &st) == 0 && st.st_mode & OTHERS_WRITE)
		report_say(w->r, REPORT_PROBLEM, "chmod go-w",
		           "PAM: others may write %s", file->name);
	w->depth++;
}

/* Cuts off a word, or all in brackets; NULL at the end. */
static char *cut_word(char **text)
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

/* Reads a line, and those a backslash joins to it. */
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
	ret->type = cut_word(&text);
	ret->control = cut_word(&text);
	ret->module = cut_word(&text);
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

static bool is_installed(const char *module)
{
	static const char *const dirs[] = {
		"/lib/*/security/",     "/usr/lib/*/security/",
		"/lib/security/",       "/lib64/security/",
		"/usr/lib64/security/", "/usr/lib/security/"};
	char pattern[PATH_MAX];
	bool found = false;
	glob_t g;
	size_t i;

	if (*module == '/')
		return access(module, F_OK) == 0;
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]) && !found; i++) {
		(void)snprintf(pattern, sizeof(pattern), "%s%s", dirs[i],
		               module);
		found = glob(pattern, GLOB_NOSORT, NULL, &g) == 0;
		globfree(&g);
	}
	return found;
}

/* Modules that write or mount, and would have to before the switch. */
static void check_unfit(struct pam_walk *w, const struct pam_line *l)
{
	if (is_module(l->module, "pam_mkhomedir.so") ||
	    is_module(l->module, "pam_mount.so"))
		report_say(w->r, REPORT_WARNING, "leave it to another service",
		           "PAM: %s does not belong in a service for mail",
		           l->module);
}

/*
 * Where it counts; and whether the right password could be taken for a wrong
 * one: after "required" it is still asked for when the account is blocked.
 */
static void look_at_faillock(struct pam_walk *w, const struct pam_line *l)
{
	bool preauth = false;
	char *text = l->arguments;
	const char *word;

	if (*w->tally == '\0')
		(void)snprintf(w->tally, PATH_MAX, "%s", TALLY);
	while ((word = cut_word(&text))) {
		if (strncmp(word, "dir=", 4) == 0)
			(void)snprintf(w->tally, PATH_MAX, "%s", word + 4);
		preauth |= strcmp(word, "preauth") == 0;
	}
	if (preauth && strcasecmp(l->control, "required") == 0)
		report_say(w->r, REPORT_WARNING, "make it requisite",
		           "PAM: pam_faillock.so preauth is required: the "
		           "right password of a blocked account would be "
		           "remembered as a wrong one");
}

/* What an auth line does to those who log in. */
static void count_auth(struct pam_walk *w, const struct pam_line *l)
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

static void take_pam_line(struct pam_walk *w, const struct pam_line *l,
                          const char *file)
{
	if (!l->module) {
		report_say(w->r, REPORT_PROBLEM, "correct the line",
		           "PAM: %s: %s without module", file, l->type);
		return;
	}
	w->modules++;
	if (strcasecmp(l->type, "auth") == 0)
		count_auth(w, l);
	else if (strcasecmp(l->type, "account") == 0)
		w->account++;
	else if (strcasecmp(l->type, "session") == 0)
		w->session++;
	check_unfit(w, l);
	if (is_module(l->module, "pam_faillock.so"))
		look_at_faillock(w, l);
	if (!l->may_lack && !is_installed(l->module))
		report_say(w->r, REPORT_PROBLEM,
		           "install it, or take the line out",
		           "PAM: %s: no module %s", file, l->module);
}

/* Takes a line of the file on top, which may include another. */
static void step_pam(struct pam_walk *w)
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
		take_pam_line(w, &l, file->name);
}

static void judge_pam(const struct pam_walk *w, const char *service)
{
	if (w->auth == 0)
		report_say(
			w->r, REPORT_PROBLEM, "add one, as in pam.d/onepop",
			"PAM: service %s has no auth line: nobody can log in",
			service);
	else if (w->asks == 0 || w->open_door)
		report_say(w->r, REPORT_PROBLEM, "see pam.d/onepop",
		           "PAM: service %s lets everybody in", service);
	if (w->account == 0)
		report_say(w->r, REPORT_WARNING, "add one, as in pam.d/onepop",
		           "PAM: service %s has no account line", service);
	if (w->session == 0)
		report_say(w->r, REPORT_WARNING, "add one, as in pam.d/onepop",
		           "PAM: service %s has no session line, so those of "
		           "the service other count",
		           service);
	report_say(w->r, REPORT_OK, NULL, "PAM: service %s names %u modules",
	           service, w->modules);
}

static void check_module(struct report *r)
{
	const char *why;

	if (module_symbol(PAM_LOGIN_MODULE, PAM_LOGIN_SYMBOL, &why))
		report_say(r, REPORT_OK, NULL, "program: %s can be loaded",
		           PAM_LOGIN_MODULE);
	else
		report_say(r, REPORT_PROBLEM,
		           "install onepop whole, with its modules",
		           "program: %s", why);
}

void checkpam_service(struct report *r, const struct options *o,
                      char tally[static PATH_MAX])
{
	static struct pam_walk w; /* too large for the stack */

	memset(&w, 0, sizeof(w));
	w.r = r;
	w.confdir = o->pam_confdir;
	w.tally = tally;
	*tally = '\0';
	enter_pam_file(&w, o->pam_service, "");
	if (w.depth > 0) {
		while (w.depth > 0)
			step_pam(&w);
		judge_pam(&w, o->pam_service);
	}
	check_module(r);
}

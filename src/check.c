#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "check.h"

#include "calls.h"
#include "checkmta.h"
#include "fromline.h"
#include "mailpath.h"
#include "mbox.h"
#include "module.h"
#include "options.h"
#include "pam.h"
#include "privileges.h"

#define OTHERS_WRITE (S_IWGRP | S_IWOTH)
#define PAM_DEPTH    16
#define PAM_LINE     1024
#define STATE_FREE   (1 << 20) /* octets, for the state of many mailboxes */
#define FIRST_LINES  3
#define PIECE        65536
#define FROM         "From "
#define FROM_OCTETS  5
#define CHILD_MOST   15 /* of a kind of finding, in a child's exit status */

enum level { FINE, WARNING, PROBLEM };

struct report {
	const struct options *o;
	unsigned int count[PROBLEM + 1];
};

/* A line for one thing.  mend may be NULL where nothing is to be done. */
static __attribute__((format(printf, 4, 5))) void
say(struct report *r, enum level level, const char *mend, const char *fmt, ...)
{
	static const char *const words[] = {"ok     ", "warning", "problem"};
	va_list args;

	r->count[level]++;
	(void)printf("%s ", words[level]);
	va_start(args, fmt);
	(void)vprintf(fmt, args);
	va_end(args);
	if (mend && level != FINE)
		(void)printf("; mend: %s", mend);
	(void)putchar('\n');
}

/* The options */

static void say_string(struct report *r, const struct options_row *row,
                       const char *now, const char *usual)
{
	if (now && (!usual || strcmp(now, usual) != 0))
		say(r, FINE, NULL, "option: %s %s (default: %s)", row->name,
		    now, row->fallback ? row->fallback : "none");
}

static void say_number(struct report *r, const struct options_row *row, int now,
                       int usual)
{
	if (now != usual)
		say(r, FINE, NULL, "option: %s %d (default: %s)", row->name,
		    now, row->fallback);
}

static const char *word_at(const struct options_row *row, const char *at)
{
	return row->words[*(const int *)(const void *)at];
}

/* Says an option that is not as by default. */
static void check_option(struct report *r, const struct options_row *row)
{
	const char *now = (const char *)r->o + row->at;
	struct options usual;
	const char *at = (const char *)&usual + row->at;

	memset(&usual, 0, sizeof(usual));
	if (row->line_only)
		return;
	if (row->fallback)
		(void)options_set(row, &usual, row->fallback);
	if (row->kind == OPTIONS_WORD)
		say_string(r, row, word_at(row, now), word_at(row, at));
	else if (row->kind == OPTIONS_STRING)
		say_string(r, row, *(const char *const *)(const void *)now,
		           *(const char *const *)(const void *)at);
	else
		say_number(r, row, *(const int *)(const void *)now,
		           *(const int *)(const void *)at);
}

static void check_options(struct report *r)
{
	const char *file = r->o->config ? r->o->config : OPTIONS_FILE;
	const struct options_row *row;
	struct stat st;

	if (stat(file, &st) < 0)
		say(r, FINE, NULL, "options: no %s", file);
	else if (st.st_mode & OTHERS_WRITE)
		say(r, PROBLEM, "chmod go-w", "options: others may write %s",
		    file);
	else
		say(r, FINE, NULL, "options: %s", file);
	for (row = options_rows; row->name; row++)
		check_option(r, row);
}

/* The PAM service */

/* A service's file, and the files it includes, read as PAM reads them. */
struct pam_file {
	FILE *f;
	char name[PATH_MAX];
	char type[16]; /* only lines of this type count, or all */
};

struct pam_walk {
	struct report *r;
	struct pam_file files[PAM_DEPTH];
	int depth;
	unsigned int modules; /* named in lines */
	unsigned int auth, account;
	unsigned int asks; /* of auth, those that can say no */
	bool open_door;    /* lets everybody in before one of those is asked */
};

struct pam_line {
	const char *type, *control, *module;
	bool may_lack; /* a dash: not worth a word if it is not installed */
};

static bool open_pam_file(const struct pam_walk *w, const char *name,
                          const char *type, struct pam_file *ret)
{
	static const char *const system_dirs[] = {"/etc/pam.d",
	                                          "/usr/lib/pam.d"};
	const char *confdir = w->r->o->pam_confdir;
	const char *dir;
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

static void enter_pam_file(struct pam_walk *w, const char *name,
                           const char *type)
{
	struct pam_file *file = &w->files[w->depth];
	const char *confdir = w->r->o->pam_confdir;
	struct stat st;

	if (w->depth == PAM_DEPTH) {
		say(w->r, PROBLEM, "do not include so deeply",
		    "PAM: %s is included too deeply", name);
		return;
	}
	if (!open_pam_file(w, name, type, file)) {
		say(w->r, PROBLEM,
		    w->depth ? "mend the line that includes it"
		             : "install pam.d/onepop, or set --pam-service",
		    "PAM: no service %s that can be read in %s", name,
		    *name == '/' ? "/"
		    : confdir    ? confdir
		                 : "/etc/pam.d, /usr/lib/pam.d");
		return;
	}
	if (fstat(fileno(file->f), &st) == 0 && st.st_mode & OTHERS_WRITE)
		say(w->r, PROBLEM, "chmod go-w", "PAM: others may write %s",
		    file->name);
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
		say(w->r, WARNING, "leave it to another service",
		    "PAM: %s does not belong in a service for mail", l->module);
}

/* What an auth line does to those who log in. */
static void count_auth(struct pam_walk *w, const struct pam_line *l)
{
	static const char *const asks_nothing[] = {
		"pam_permit.so", "pam_env.so",  "pam_faildelay.so",
		"pam_echo.so",   "pam_warn.so", "pam_nologin.so"};
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
		say(w->r, PROBLEM, "mend the line",
		    "PAM: %s: %s without module", file, l->type);
		return;
	}
	w->modules++;
	if (strcasecmp(l->type, "auth") == 0)
		count_auth(w, l);
	else if (strcasecmp(l->type, "account") == 0)
		w->account++;
	check_unfit(w, l);
	if (!l->may_lack && !is_installed(l->module))
		say(w->r, PROBLEM, "install it, or take the line out",
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
		say(w->r, PROBLEM, "add one, as in pam.d/onepop",
		    "PAM: service %s has no auth line: nobody can log in",
		    service);
	else if (w->asks == 0 || w->open_door)
		say(w->r, PROBLEM, "see pam.d/onepop",
		    "PAM: service %s lets everybody in", service);
	if (w->account == 0)
		say(w->r, WARNING, "add one, as in pam.d/onepop",
		    "PAM: service %s has no account line", service);
	say(w->r, FINE, NULL, "PAM: service %s names %u modules", service,
	    w->modules);
}

static void check_pam(struct report *r)
{
	static struct pam_walk w; /* too large for the stack */
	const char *why;

	memset(&w, 0, sizeof(w));
	w.r = r;
	enter_pam_file(&w, r->o->pam_service, "");
	if (w.depth > 0) {
		while (w.depth > 0)
			step_pam(&w);
		judge_pam(&w, r->o->pam_service);
	}
	if (module_symbol(PAM_LOGIN_MODULE, PAM_LOGIN_SYMBOL, &why))
		say(r, FINE, NULL, "program: %s can be loaded",
		    PAM_LOGIN_MODULE);
	else
		say(r, PROBLEM, "install onepop whole, with its modules",
		    "program: %s", why);
}

/* Directories and accounts */

/* May that account, or others if there is none, search the directory? */
static bool searchable(const struct stat *st, const struct passwd *as)
{
	if (as && as->pw_uid == st->st_uid)
		return st->st_mode & S_IXUSR;
	if (as && as->pw_gid == st->st_gid)
		return st->st_mode & S_IXGRP;
	return st->st_mode & S_IXOTH;
}

/* The administrator's part of --mailbox */
static void check_spool(struct report *r)
{
	const struct passwd *as = NULL;
	struct mailpath p;
	struct stat st;

	if (mailpath_fill(&p, r->o->mailbox, "user@example.org", "/home/u") ||
	    p.admin == 0) {
		say(r, FINE, NULL, "mailboxes: %s", r->o->mailbox);
		return;
	}
	p.path[p.admin] = '\0';
	if (r->o->mail_user)
		as = getpwnam(r->o->mail_user);
	if (stat(p.path, &st) < 0)
		say(r, PROBLEM, "make it, or set --mailbox",
		    "mailboxes: %s: %s", p.path, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		say(r, PROBLEM, "set --mailbox",
		    "mailboxes: %s is not a directory", p.path);
	else if (!searchable(&st, as))
		say(r, PROBLEM, "chmod a+x, or set --mail-user",
		    "mailboxes: users cannot search %s", p.path);
	else if (st.st_mode & S_IWOTH && !(st.st_mode & S_ISVTX))
		say(r, WARNING, "chmod +t",
		    "mailboxes: anyone may remove others' mail in %s", p.path);
	else
		say(r, FINE, NULL, "mailboxes: %s in %s", r->o->mailbox,
		    p.path);
}

static void check_mail_user(struct report *r)
{
	const char *name = r->o->mail_user;
	const struct passwd *pw;

	if (!name)
		return;
	pw = getpwnam(name);
	if (!pw)
		say(r, PROBLEM, "make it with useradd --system",
		    "mail user: no account %s", name);
	else if (pw->pw_uid == 0 || pw->pw_gid == 0)
		say(r, PROBLEM, "use an account of its own for mail",
		    "mail user: %s is root, or of its group", name);
	else
		say(r, FINE, NULL, "mail user: %s, uid %ju", name,
		    (uintmax_t)pw->pw_uid);
}

/* The unit's file, or NULL. */
static const char *find_unit(void)
{
	static const char *const files[] = {
		"/etc/systemd/system/onepop.socket",
		"/run/systemd/system/onepop.socket",
		"/usr/local/lib/systemd/system/onepop.socket",
		"/usr/lib/systemd/system/onepop.socket",
		"/lib/systemd/system/onepop.socket"};
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (access(files[i], F_OK) == 0)
			return files[i];
	return NULL;
}

static void check_units(struct report *r)
{
	const char *unit;

	unit = find_unit();
	if (unit)
		say(r, FINE, NULL, "systemd: %s", unit);
	else
		say(r, FINE, NULL, "systemd: onepop.socket is not installed");
}

static void check_state_free(struct report *r, const char *dir)
{
	struct statvfs fs;
	uintmax_t free_octets;

	if (statvfs(dir, &fs) < 0) {
		say(r, PROBLEM, "look at its file system", "state: %s: %s", dir,
		    strerror(errno));
		return;
	}
	free_octets = (uintmax_t)fs.f_bavail * fs.f_frsize;
	if (free_octets < STATE_FREE)
		say(r, WARNING, "make room",
		    "state: %s: only %ju octets are free", dir, free_octets);
	else
		say(r, FINE, NULL, "state: %s, %ju MiB free", dir,
		    free_octets >> 20);
}

static void check_state(struct report *r)
{
	const char *dir = r->o->state_dir;
	struct stat st;

	if (stat(dir, &st) < 0)
		say(r, errno == ENOENT && find_unit() ? WARNING : PROBLEM,
		    "make it, mode 0700 (systemd does for its unit)",
		    "state: %s: %s", dir, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		say(r, PROBLEM, "set --state-dir",
		    "state: %s is not a directory", dir);
	else if (st.st_uid != geteuid())
		say(r, PROBLEM, "chown, or check as the user onepop starts as",
		    "state: %s belongs to uid %ju, we are %ju", dir,
		    (uintmax_t)st.st_uid, (uintmax_t)geteuid());
	else if (st.st_mode & OTHERS_WRITE)
		say(r, PROBLEM, "chmod 0700", "state: others may write %s",
		    dir);
	else if (faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) < 0)
		say(r, PROBLEM, "chmod 0700", "state: %s: %s", dir,
		    strerror(errno));
	else
		check_state_free(r, dir);
}

/* The mail programs' locks */

static void check_mta(struct report *r)
{
	struct checkmta found[CHECKMTA_MAX];
	int i, n;

	n = checkmta_find(found);
	for (i = 0; i < n; i++)
		if (found[i].maildir)
			say(r, WARNING, found[i].mend,
			    "locks: %s delivers to Maildirs, not to mbox files",
			    found[i].program);
		else
			say(r, found[i].fcntl ? FINE : WARNING, found[i].mend,
			    "locks: %s takes %s; onepop takes fcntl",
			    found[i].program,
			    *found[i].locks ? found[i].locks
			                    : "locks it does not name");
	if (n == 0)
		say(r, FINE, NULL, "locks: no known mail program is installed");
}

/* A user's mailbox, by then as that user */

/* Lines that look as if they started a message, and do not. */
struct odd_lines {
	off_t at; /* where the line being read starts */
	off_t n;  /* its octets so far */
	bool after_blank;
	char head[FROM_OCTETS];
	size_t tail_n;
	char tail[2 * (FROMLINE_TAIL + 1)]; /* a CR may be the last */
	uint32_t count;
	off_t first[FIRST_LINES];
};

static void add_to_line(struct odd_lines *o, const char *p, size_t n)
{
	const size_t keep = FROMLINE_TAIL + 1;
	size_t i;

	for (i = 0; i < n && o->n < FROM_OCTETS; i++)
		o->head[o->n++] = p[i];
	o->n += (off_t)(n - i);
	if (n > keep) {
		p += n - keep;
		n = keep;
	}
	if (o->tail_n + n > sizeof(o->tail)) {
		memmove(o->tail, o->tail + o->tail_n - keep, keep);
		o->tail_n = keep;
	}
	memcpy(o->tail + o->tail_n, p, n);
	o->tail_n += n;
}

static void end_line(struct odd_lines *o)
{
	size_t n = o->tail_n;

	if (n > 0 && o->tail[n - 1] == '\r')
		n--;
	if (o->after_blank && o->n >= FROM_OCTETS &&
	    memcmp(o->head, FROM, FROM_OCTETS) == 0 &&
	    !fromline_has_date(o->tail, n)) {
		if (o->count < FIRST_LINES)
			o->first[o->count] = o->at;
		o->count++;
	}
	o->after_blank = n == 0;
	o->at += o->n + 1;
	o->n = 0;
	o->tail_n = 0;
}

static void feed_lines(struct odd_lines *o, const char *p, size_t n)
{
	const char *end = p + n, *lf;

	while ((lf = memchr(p, '\n', (size_t)(end - p)))) {
		add_to_line(o, p, (size_t)(lf - p));
		end_line(o);
		p = lf + 1;
	}
	add_to_line(o, p, (size_t)(end - p));
}

/* Returns 0, or -1 with errno. */
static int find_odd_lines(const struct mbox *m, struct odd_lines *ret)
{
	static char buf[PIECE];
	off_t at = 0;
	ssize_t n;

	memset(ret, 0, sizeof(*ret));
	do {
		n = calls_pread(m->fd, buf, sizeof(buf), at);
		if (n > 0)
			feed_lines(ret, buf, (size_t)n);
		at += n;
	} while (n > 0 && at < m->seen.st_size);
	end_line(ret);
	return n < 0 ? -1 : 0;
}

static void say_odd_lines(struct report *r, const struct mbox *m)
{
	char places[96] = "";
	struct odd_lines o;
	uint32_t i;
	size_t n;

	if (find_odd_lines(m, &o) < 0) {
		say(r, PROBLEM, "look at its file system", "mailbox: %s",
		    strerror(errno));
		return;
	}
	for (i = 0; i < o.count && i < FIRST_LINES; i++) {
		n = strlen(places);
		(void)snprintf(places + n, sizeof(places) - n, " %jd",
		               (intmax_t)o.first[i]);
	}
	if (o.count > 0)
		say(r, WARNING,
		    "nothing, if they are text; if they start messages, give "
		    "them a date",
		    "mailbox: %" PRIu32
		    " lines after a blank one begin with From and have no "
		    "date, so they are text; the first at octets%s",
		    o.count, places);
}

static void say_messages(struct report *r, const struct mbox *m)
{
	uint32_t i, mail = 0, shared = 0;
	intmax_t octets = 0;

	for (i = 0; i < m->count; i++) {
		if (m->messages[i].internal)
			continue;
		mail++;
		octets += m->messages[i].octets;
		shared += m->twins[i] == 2;
	}
	say(r, FINE, NULL, "mailbox: %" PRIu32 " messages, %jd octets", mail,
	    octets);
	if (mail < m->count)
		say(r, FINE, NULL,
		    "mailbox: another program's pseudo message is kept and "
		    "hidden");
	if (shared > 0)
		say(r, FINE, NULL,
		    "mailbox: %" PRIu32 " unique-ids are of more than one "
		    "message, and numbered",
		    shared);
}

static void say_refusal(struct report *r, const struct mbox *m,
                        enum mbox_status status)
{
	static const struct {
		const char *what, *mend;
	} words[] = {
		[MBOX_BUSY] = {"another program held its lock, or a file "
	                       "beside it with .lock added, all the time",
	                       "see which one, with lsof or lslocks"},
		[MBOX_CHANGED] = {"another program changed it", "try again"},
		[MBOX_NOT_MBOX] = {"it does not begin with a From_ line, so "
	                           "it is no mbox and is not served",
	                           "look at its first lines"},
		[MBOX_UNSAFE] = {NULL,
	                         "make it a file of the user's own, 0600, with "
	                         "one link"},
		[MBOX_ERROR] = {NULL,
	                        "look at its permissions and file system"},
	};
	const char *what = words[status].what;

	if (status == MBOX_UNSAFE)
		what = m->what;
	if (status == MBOX_ERROR)
		what = strerror(errno);
	say(r, PROBLEM, words[status].mend, "mailbox: %s", what);
}

static void look_at_mailbox(struct report *r, int dir, const char *path)
{
	enum mbox_status status;
	struct mbox m;

	memset(&m, 0, sizeof(m));
	m.lock_timeout = r->o->lock_timeout;
	m.network = r->o->network_mailbox;
	status = mbox_open(&m, dir, path, geteuid());
	if (status == MBOX_OK && m.fd < 0) {
		say(r, FINE, NULL, "mailbox: no file, so no messages");
		return;
	}
	if (status == MBOX_OK)
		status = mbox_scan(&m);
	if (status == MBOX_OK) {
		say_messages(r, &m);
		say_odd_lines(r, &m);
	} else {
		say_refusal(r, &m, status);
	}
	mbox_close(&m);
}

/* A child's exit status: its warnings and problems. */
static int findings(const struct report *r)
{
	unsigned int w = r->count[WARNING], p = r->count[PROBLEM];

	return (int)((p < CHILD_MOST ? p : CHILD_MOST) << 4 |
	             (w < CHILD_MOST ? w : CHILD_MOST));
}

/* The file is its user's to write: it is parsed with that user's rights. */
static int look_as(struct report *r, const struct passwd *pw, int dir,
                   const char *path)
{
	const char *failed;

	memset(r->count, 0, sizeof(r->count));
	failed = privileges_switch(pw->pw_uid, pw->pw_gid);
	if (failed)
		say(r, PROBLEM, "check as root, and a user that is not",
		    "mailbox: cannot become %s: %s: %s", pw->pw_name, failed,
		    strerror(errno));
	else
		look_at_mailbox(r, dir, path);
	(void)fflush(stdout);
	return findings(r);
}

static void wait_for(struct report *r, pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status)) {
		say(r, PROBLEM, "report it to onepop's makers",
		    "mailbox: looking at it ended with signal %d",
		    WTERMSIG(status));
		return;
	}
	r->count[PROBLEM] += (unsigned int)WEXITSTATUS(status) >> 4;
	r->count[WARNING] += (unsigned int)WEXITSTATUS(status) & CHILD_MOST;
}

static void look_in_child(struct report *r, const struct passwd *pw,
                          const struct mailpath *p, int dir)
{
	pid_t child;

	(void)fflush(stdout);
	child = fork();
	if (child == 0)
		_exit(look_as(r, pw, dir, p->path + p->admin + 1));
	if (child < 0)
		say(r, PROBLEM, "try again", "mailbox: %s", strerror(errno));
	else
		wait_for(r, child);
}

/* The administrator's part of the path, in which links may stand */
static int open_directory(struct mailpath *p)
{
	char *slash = p->path + p->admin;
	int dir;

	*slash = '\0';
	dir = open(p->admin ? p->path : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	*slash = '/';
	return dir;
}

static void check_user(struct report *r, const char *user)
{
	const struct options *o = r->o;
	const char *account = o->mail_user ? o->mail_user : user;
	const struct passwd *pw;
	struct mailpath p;
	const char *wrong;
	int dir;

	pw = getpwnam(account);
	if (!pw) {
		say(r, PROBLEM, "check the name, or set --mail-user",
		    "user: no account %s", account);
		return;
	}
	wrong = mailpath_fill(&p, o->mailbox, user, pw->pw_dir);
	if (wrong) {
		say(r, PROBLEM, "set --mailbox", "user %s: %s", user, wrong);
		return;
	}
	say(r, FINE, NULL, "user: %s, as %s; mailbox %s", user, pw->pw_name,
	    p.path);
	dir = open_directory(&p);
	if (dir < 0) {
		say(r, PROBLEM, "make it, or set --mailbox",
		    "mailbox: its directory: %s", strerror(errno));
		return;
	}
	look_in_child(r, pw, &p, dir);
	(void)close(dir);
}

int check_all(const struct options *o)
{
	struct report r = {.o = o};

	check_options(&r);
	check_pam(&r);
	check_spool(&r);
	check_mail_user(&r);
	check_state(&r);
	check_mta(&r);
	check_units(&r);
	if (o->check_user)
		check_user(&r, o->check_user);
	(void)printf("problems: %u, warnings: %u\n", r.count[PROBLEM],
	             r.count[WARNING]);
	(void)fflush(stdout);
	return r.count[PROBLEM] ? EX_CONFIG : 0;
}

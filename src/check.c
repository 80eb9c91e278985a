#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
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
static void say(struct report *r, enum level level, const char *mend,
                const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void say(struct report *r, enum level level, const char *mend,
                const char *fmt, ...)
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
	if (row->kind == OPTIONS_STRING)
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

/* A service's files, one including another, read as PAM does. */
struct pam_walk {
	struct report *r;
	struct pam_file {
		FILE *f;
		char name[PATH_MAX];
		char type[16]; /* only lines of this type; or all */
	} files[PAM_DEPTH];
	int depth;
	unsigned int modules, missing;
	unsigned int auth, account; /* lines of these types */
	unsigned int asks;          /* of auth, those that can say no */
	bool open_door;             /* all are let in before one is asked */
};

static FILE *open_service(struct pam_walk *w, const char *name,
                          struct pam_file *ret)
{
	static const char *const system_dirs[] = {"/etc/pam.d",
	                                          "/usr/lib/pam.d"};
	const char *dir;
	size_t i;

	ret->f = NULL;
	for (i = 0; i < 2 && !ret->f; i++) {
		dir = r_confdir(w, system_dirs[i]);
		(void)snprintf(ret->name, sizeof(ret->name), "%s%s%s",
		               *name == '/' ? "" : dir, *name == '/' ? "" : "/",
		               name);
		ret->f = fopen(ret->name, "re");
	}
	return ret->f;
}

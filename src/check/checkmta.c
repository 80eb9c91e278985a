/* SPDX-License-Identifier: ISC */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/checkmta.h"

#include "base/textfile.h"
#include "check/checkrun.h"

#define ANSWER_SECONDS 10
#define SIZE(array)    (sizeof(array) / sizeof((array)[0]))

#define QUOTES_TOO_LITTLE                                                      \
	"quotes lines that begin with From only behind blank ones, so a "      \
	"sender can forge messages"

/* A program that delivers mail. */
struct program {
	const char *argv[6]; /* asks it */
	const char *file;    /* is read instead, or NULL */
	const char *unless;  /* another name of it, which was asked before */
	bool mta;
	struct checkmta known[CHECKMTA_PARTS]; /* without asking */
	const char *keys[CHECKMTA_PARTS];      /* before the names of locks */
	/* Finds what the table cannot say, or NULL.  Returns the number of
	 *ret. */
	int (*read)(char *text, struct checkmta *ret);
};

static void add_lock(struct checkmta *c, const char *name)
{
	size_t n = strlen(c->locks);

	(void)snprintf(c->locks + n, sizeof(c->locks) - n, "%s%s",
	               n ? ", " : "", name);
	if (strcmp(name, "fcntl") == 0)
		c->fcntl = true;
}

/* Of the words of the first line, such as "dotlocking, fcntl()". */
static void add_locks(struct checkmta *c, const char *text)
{
	static const char *const kinds[] = {"fcntl", "dotlock", "flock",
	                                    "lockf"};
	char line[256], *word, *rest;
	size_t i;

	(void)snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"),
	               text);
	for (word = strtok_r(line, " \t,{}", &rest); word;
	     word = strtok_r(NULL, " \t,{}", &rest))
		for (i = 0; i < SIZE(kinds); i++)
			if (strncmp(word, kinds[i], strlen(kinds[i])) == 0)
				add_lock(c, kinds[i]);
}

static int read_postfix(char *text, struct checkmta *ret)
{
	const char *home = strstr(text, "home_mailbox = ");

	if (home && home[strcspn(home, "\n") - 1] == '/') {
		ret[0].maildir = true;
		ret[0].fix = "postconf -e 'home_mailbox ='";
	}
	return 2;
}

/* Of several transports, one without fcntl locks counts. */
static int read_exim(char *text, struct checkmta *ret)
{
	static const char header[] = " transport:\n";
	static const struct {
		const char *line, *lock;
	} locks[] = {{"\nuse_fcntl_lock", "fcntl"},
	             {"\nuse_flock_lock", "flock"},
	             {"\nuse_lockfile", "dotlock"}};
	char *block, *next;
	size_t i;
	int n = 0;

	for (block = strstr(text, header); block; block = next) {
		next = strstr(++block, header);
		if (next)
			*next = '\0';
		if (!strstr(block, "\ndriver = appendfile") ||
		    strstr(block, "\nmaildir_format") ||
		    strstr(block, "\nmailstore_format") ||
		    (n > 0 && strstr(block, locks[0].line)))
			continue;
		ret->locks[0] = '\0';
		ret->fcntl = false;
		for (i = 0; i < SIZE(locks); i++)
			if (strstr(block, locks[i].line))
				add_lock(ret, locks[i].lock);
		n = 1;
	}
	return n;
}

/* Makes comments blanks, and strings words of no meaning. */
static void hide_strings(char *text)
{
	size_t n;

	while (*(text += strcspn(text, "#\""))) {
		n = 1 + strcspn(text + 1, *text == '#' ? "\n" : "\"");
		n += text[n] == '"';
		memset(text, *text == '#' ? ' ' : 'x', n);
		text += n;
	}
}

/*
 * mail.local, which the actions "mbox" of smtpd.conf run, takes a dotlock.
 * Files that are included, and a file that cannot be read (no text), may have
 * such actions.
 */
static int read_smtpd(char *text, struct checkmta *ret)
{
	static const char blanks[] = " \t\r\n\\";
	bool unknown = *text == '\0', is_name = false;
	const char *word;
	char *rest;

	hide_strings(text);
	for (word = strtok_r(text, blanks, &rest); word;
	     word = strtok_r(NULL, blanks, &rest)) {
		if (strcmp(word, "mbox") == 0 && !is_name)
			ret->loses_mail = true;
		unknown |= strcmp(word, "include") == 0;
		is_name = strcmp(word, "action") == 0; /* the next one */
	}
	if (ret->loses_mail) {
		add_lock(ret, "dotlock");
		ret->quoting = QUOTES_TOO_LITTLE;
		ret->forgeable = true;
	}
	return ret->loses_mail || unknown;
}

/* A null client, by dma.conf, delivers nothing here. */
static int read_dma(char *text, struct checkmta *ret)
{
	static const char null_client[] = "\nNULLCLIENT";

	add_lock(ret, "flock");
	return !strstr(text, null_client) &&
	       strncmp(text, null_client + 1, strlen(null_client) - 1) != 0;
}

/* It prints its version, but not its locks; Debian's are known. */
static int read_maildrop(char *text, struct checkmta *ret)
{
	char version[32];

	if (sscanf(text, "maildrop %31s", version) == 1)
		(void)snprintf(ret->program, sizeof(ret->program),
		               "maildrop %s", version);
	if (access(CHECKMTA_DEBIAN_MAILDROP, F_OK) == 0) {
		add_lock(ret, "fcntl");
		add_lock(ret, "dotlock");
	}
	return 1;
}

#define EXIM                                                                   \
	.mta = true,                                                           \
	.known = {{.program = "exim",                                          \
	           .fix = "set use_fcntl_lock in the appendfile transports "   \
	                  "of Exim"}},                                         \
	.read = read_exim

static const struct program programs[] = {
	{.argv = {"/usr/sbin/postconf", "-x", "mailbox_delivery_lock",
                  "virtual_mailbox_lock", "home_mailbox"},
         .mta = true,
         .known = {{.program = "postfix local",
                    .fix = "postconf -e 'mailbox_delivery_lock = fcntl, "
                           "dotlock'"},
                   {.program = "postfix virtual",
                    .fix = "postconf -e 'virtual_mailbox_lock = fcntl'"}},
         .keys = {"mailbox_delivery_lock = ", "virtual_mailbox_lock = "},
         .read = read_postfix},
	{.argv = {"/usr/sbin/exim4", "-bP", "transports"}, EXIM},
	{.argv = {"/usr/sbin/exim", "-bP", "transports"},
         .unless = "/usr/sbin/exim4",
         EXIM},
	{.argv = {"/usr/sbin/smtpd"},
         .file = "/etc/smtpd.conf",
         .mta = true,
         .known = {{.program = "opensmtpd",
                    .fix = "let procmail deliver: in smtpd.conf an action "
                           "with mda \"procmail -Y -d %{user.username}\" in "
                           "the place of mbox"}},
         .read = read_smtpd},
	{.argv = {"/usr/sbin/dma"},
         .file = "/etc/dma/dma.conf",
         .mta = true,
         .known = {{.program = "dma",
                    .loses_mail = true,
                    .fix = "install an MTA whose deliverer takes fcntl locks "
                           "(Postfix, Exim, or one that lets procmail "
                           "deliver)"}},
         .read = read_dma},
	{.argv = {"/usr/bin/procmail", "-v"},
         .known = {{.program = "procmail",
                    .fix = "build procmail with fcntl locks, or let the MTA "
                           "deliver itself",
                    .quoting = "must be called with -Y, or a sender can forge "
                               "messages with a Content-Length"}},
         .keys = {"Locking strategies:"}},
	{.argv = {"/usr/bin/maildrop", "-v"},
         .known = {{.program = "maildrop",
                    .fix = "install Debian's, which takes fcntl locks, or make "
                           "sure that yours was built to"}},
         .read = read_maildrop},
	/* Its locks depend on how it was built, and it prints nothing. */
	{.argv = {"/usr/lib/sm.bin/mail.local"},
         .file = "/dev/null",
         .known = {{.program = "mail.local",
                    .fix = "let procmail deliver: FEATURE(`local_procmail') "
                           "in sendmail.mc",
                    .quoting = QUOTES_TOO_LITTLE,
                    .forgeable = true}}},
	/* Version 2.4 has the settings in blocks: "mbox { write_locks = ..." */
	{.argv = {"/usr/bin/doveconf", "mbox_write_locks", "mbox_read_locks",
                  "mbox/mbox_write_locks", "mbox/mbox_read_locks"},
         .known = {{.program = "dovecot writing",
                    .fix = "set mbox_write_locks = dotlock fcntl in Dovecot"},
                   {.program = "dovecot reading",
                    .fix = "set mbox_read_locks = fcntl in Dovecot"}},
         .keys = {"write_locks = ", "read_locks = "}},
};

_Static_assert(CHECKMTA_MAX >= (SIZE(programs) + 1) * CHECKMTA_PARTS,
               "room for all programs and an unknown one");

static int read_answers(const struct program *p, char *text,
                        struct checkmta *ret)
{
	const char *at;
	int n;

	for (n = 0; n < CHECKMTA_PARTS && p->known[n].fix; n++) {
		ret[n] = p->known[n];
		at = text;
		while (p->keys[n] && (at = strstr(at, p->keys[n]))) {
			at += strlen(p->keys[n]);
			add_locks(&ret[n], at);
		}
	}
	return p->read ? p->read(text, ret) : n;
}

int checkmta_read(const char *program, char *text,
                  struct checkmta ret[static CHECKMTA_PARTS])
{
	size_t i;

	for (i = 0; i < SIZE(programs); i++)
		if (strcmp(basename(programs[i].argv[0]), program) == 0)
			return read_answers(&programs[i], text, ret);
	return 0;
}

int checkmta_unknown(const char *sendmail, struct checkmta *ret)
{
	char path[PATH_MAX];

	if (!realpath(sendmail, path))
		return 0;
	*ret = (struct checkmta){.fix = "make sure that the program that it "
	                                "delivers with takes fcntl locks, or "
	                                "let procmail deliver"};
	(void)snprintf(ret->program, sizeof(ret->program),
	               "the unknown MTA %.64s", path);
	return 1;
}

static int ask(const struct program *p, struct checkmta *found)
{
	static char answer[TEXTFILE_MAX + 1];
	size_t n;

	if (p->file)
		(void)textfile_read(p->file, answer, &n);
	else if (checkrun_ask(p->argv, ANSWER_SECONDS, answer, sizeof(answer)) <
	         0)
		return 0;
	return read_answers(p, answer, found);
}

int checkmta_find(struct checkmta found[static CHECKMTA_MAX])
{
	const struct program *p;
	bool mta = false;
	int n = 0;

	for (p = programs; p < programs + SIZE(programs); p++) {
		if (access(p->argv[0], X_OK) < 0 ||
		    (p->unless && access(p->unless, X_OK) == 0))
			continue;
		mta |= p->mta;
		n += ask(p, &found[n]);
	}
	return mta ? n : n + checkmta_unknown("/usr/sbin/sendmail", &found[n]);
}

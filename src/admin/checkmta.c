#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/checkmta.h"

#include "admin/checkrun.h"
#include "base/textfile.h"

#define ANSWER_SECONDS 10

static const char fix_exim[] =
	"set use_fcntl_lock in the appendfile transports of Exim";
static const char fix_procmail[] =
	"build procmail with fcntl locks, or let the MTA deliver itself";
static const char fix_smtpd[] =
	"let procmail deliver: in smtpd.conf an action with mda \"procmail "
	"-Y -d %{user.username}\" in the place of mbox";
static const char fix_dma[] =
	"install an MTA whose deliverer takes fcntl locks (Postfix, Exim, or "
	"one that lets procmail deliver)";
static const char fix_unknown[] =
	"see that what it delivers with takes fcntl locks, or let procmail "
	"deliver";
static const char fix_local[] =
	"let procmail deliver: FEATURE(`local_procmail') in sendmail.mc";
static const char fix_maildrop[] =
	"install Debian's, which takes fcntl locks, or make sure that yours "
	"was built to";

/* Cuts the first line off the text; NULL where none is left. */
static char *next_line(char **text)
{
	char *line = *text;

	if (!line || *line == '\0')
		return NULL;
	*text = strchr(line, '\n');
	if (*text)
		*(*text)++ = '\0';
	return line;
}

static void add_lock(struct checkmta *c, const char *name)
{
	size_t n = strlen(c->locks);

	(void)snprintf(c->locks + n, sizeof(c->locks) - n, "%s%s",
	               n ? ", " : "", name);
	if (strcmp(name, "fcntl") == 0)
		c->fcntl = true;
}

/* The kinds of locks in a list of words, such as "dotlocking, fcntl()" */
static void add_locks(struct checkmta *c, const char *words)
{
	static const char *const kinds[] = {"fcntl", "dotlock", "flock",
	                                    "lockf"};
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
	size_t i;

	while (*(words += strcspn(words, letters))) {
		for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (strncmp(words, kinds[i], strlen(kinds[i])) == 0)
				add_lock(c, kinds[i]);
		words += strspn(words, letters);
	}
}

static void begin(struct checkmta *c, const char *program, const char *fix)
{
	memset(c, 0, sizeof(*c));
	(void)snprintf(c->program, sizeof(c->program), "%s", program);
	c->fix = fix;
}

static void quotes_too_little(struct checkmta *c)
{
	c->quoting = "quotes lines that begin with From only behind blank "
		     "ones, so a sender can forge messages";
	c->forgeable = true;
}

/* The next line that is no warning, which has "postconf:" before it. */
static char *next_value(char **text)
{
	char *line;
	size_t n;

	do {
		line = next_line(text);
		n = line ? strcspn(line, " ") : 0;
	} while (n > 0 && line[n - 1] == ':');
	return line;
}

/* The values asked for in postconf_argv, in that order. */
int checkmta_postfix(char *text, struct checkmta ret[static CHECKMTA_PARTS])
{
	static const char *const names[CHECKMTA_PARTS] = {"postfix local",
	                                                  "postfix virtual"};
	static const char *const fixes[CHECKMTA_PARTS] = {
		"postconf -e 'mailbox_delivery_lock = fcntl, dotlock'",
		"postconf -e 'virtual_mailbox_lock = fcntl'"};
	const char *value, *home;
	int i;

	for (i = 0; i < CHECKMTA_PARTS; i++) {
		begin(&ret[i], names[i], fixes[i]);
		value = next_value(&text);
		add_locks(&ret[i], value ? value : "");
	}
	home = next_value(&text);
	if (home && *home && home[strlen(home) - 1] == '/') {
		ret[0].maildir = true;
		ret[0].fix = "postconf -e 'home_mailbox ='";
	}
	return CHECKMTA_PARTS;
}

/* What exim says of one transport. */
struct transport {
	bool appendfile, files; /* it appends to files of many messages */
	struct checkmta locks;
};

static void read_setting(struct transport *t, const char *line)
{
	static const struct {
		const char *line, *lock;
	} locks[] = {{"use_fcntl_lock", "fcntl"},
	             {"use_flock_lock", "flock"},
	             {"use_lockfile", "dotlock"}};
	size_t i;

	if (strcmp(line, "driver = appendfile") == 0)
		t->appendfile = true;
	if (strcmp(line, "maildir_format") == 0 ||
	    strcmp(line, "mailstore_format") == 0)
		t->files = false;
	for (i = 0; i < sizeof(locks) / sizeof(locks[0]); i++)
		if (strcmp(line, locks[i].line) == 0)
			add_lock(&t->locks, locks[i].lock);
}

/* Of several transports the one that onepop gets on with least counts. */
static void end_transport(const struct transport *t, struct checkmta *ret,
                          bool *any)
{
	if (!t->appendfile || !t->files || (*any && t->locks.fcntl))
		return;
	*any = true;
	*ret = t->locks;
}

static void begin_transport(struct transport *t)
{
	t->appendfile = false;
	t->files = true;
	begin(&t->locks, "exim", fix_exim);
}

int checkmta_exim(char *text, struct checkmta ret[static CHECKMTA_PARTS])
{
	static const char header[] = " transport:";
	struct transport t;
	bool any = false;
	const char *line;
	size_t n;

	begin_transport(&t);
	while ((line = next_line(&text))) {
		n = strlen(line);
		if (n <= strlen(header) ||
		    strcmp(line + n - strlen(header), header) != 0) {
			read_setting(&t, line);
			continue;
		}
		end_transport(&t, &ret[0], &any);
		begin_transport(&t);
	}
	end_transport(&t, &ret[0], &any);
	return any;
}

int checkmta_procmail(char *text, struct checkmta ret[static CHECKMTA_PARTS])
{
	static const char label[] = "Locking strategies:";
	const char *line;

	begin(&ret[0], "procmail", fix_procmail);
	ret[0].quoting = "must be called with -Y, or a sender can forge "
			 "messages with a Content-Length";
	while ((line = next_line(&text)))
		if (strncmp(line, label, strlen(label)) == 0)
			add_locks(&ret[0], line + strlen(label));
	return 1;
}

/* The next word of smtpd.conf, strings whole; or NULL. */
static const char *next_word(char **text)
{
	char *word = *text, *end;

	while (*word == '#' || isspace((unsigned char)*word))
		word += *word == '#' ? strcspn(word, "\n") : 1;
	end = *word == '"' ? word + 1 + strcspn(word + 1, "\"")
	                   : word + strcspn(word, " \t\r\n#\"");
	if (*word == '"' && *end)
		end++;
	if (end == word)
		return NULL;
	*text = end;
	if (isspace((unsigned char)*end)) {
		*end = '\0';
		*text = end + 1;
	}
	return word;
}

static bool is_word(const char *word, const char *keyword)
{
	const size_t n = strlen(keyword);

	return strncmp(word, keyword, n) == 0 &&
	       !(isalnum((unsigned char)word[n]) || word[n] == '_');
}

/*
 * Of smtpd.conf: mail.local, which its actions "mbox" run, takes a dotlock.
 * What other files say, or a file that cannot be read (no text), is not known.
 */
int checkmta_smtpd(char *text, struct checkmta ret[static CHECKMTA_PARTS])
{
	bool more = *text == '\0', named = false;
	const char *word;

	begin(&ret[0], "opensmtpd", fix_smtpd);
	while ((word = next_word(&text))) {
		if (is_word(word, "mbox") && !named)
			ret[0].loses_mail = true;
		more |= is_word(word, "include");
		named = is_word(word, "action"); /* so its name comes next */
	}
	if (ret[0].loses_mail)
		add_lock(&ret[0], "dotlock");
	if (ret[0].loses_mail)
		quotes_too_little(&ret[0]);
	return ret[0].loses_mail || more;
}

/* It tells nothing of itself; its locks depend on how it was built. */
int checkmta_local(char *text, struct checkmta ret[static CHECKMTA_PARTS])
{
	(void)next_line(&text);
	begin(&ret[0], "mail.local", fix_local);
	quotes_too_little(&ret[0]);
	return 1;
}

/* Of dma.conf: a null client delivers nothing here. */
int checkmta_dma(char *text, struct checkmta ret[static CHECKMTA_PARTS])
{
	const char *line;

	while ((line = next_line(&text)))
		if (is_word(line, "NULLCLIENT"))
			return 0;
	begin(&ret[0], "dma", fix_dma);
	add_lock(&ret[0], "flock");
	ret[0].loses_mail = true;
	return 1;
}

int checkmta_unknown(const char *sendmail,
                     struct checkmta ret[static CHECKMTA_PARTS])
{
	char program[PATH_MAX];

	if (!realpath(sendmail, program))
		return 0;
	begin(&ret[0], "", fix_unknown);
	(void)snprintf(ret[0].program, sizeof(ret[0].program),
	               "the unknown MTA %.64s", program);
	return 1;
}

/* It tells its version, but not its locks; Debian's are known. */
int checkmta_maildrop(char *text, struct checkmta ret[static CHECKMTA_PARTS])
{
	begin(&ret[0], "maildrop", fix_maildrop);
	if (strncmp(text, "maildrop ", 9) == 0) {
		text[9 + strcspn(text + 9, " \n")] = '\0';
		begin(&ret[0], text, fix_maildrop);
	}
	if (access(CHECKMTA_DEBIAN_MAILDROP, F_OK) == 0) {
		add_lock(&ret[0], "fcntl");
		add_lock(&ret[0], "dotlock");
	}
	return 1;
}

/* Version 2.4 has the settings in a block, "mbox { write_locks = ... }". */
int checkmta_dovecot(char *text, struct checkmta ret[static CHECKMTA_PARTS])
{
	static const struct {
		const char *name, *setting, *fix;
	} parts[CHECKMTA_PARTS] = {
		{"dovecot writing", "write_locks = ",
	         "set mbox_write_locks = dotlock fcntl in Dovecot"},
		{"dovecot reading",
	         "read_locks = ", "set mbox_read_locks = fcntl in Dovecot"},
	};
	const char *line, *setting;
	int i;

	for (i = 0; i < CHECKMTA_PARTS; i++)
		begin(&ret[i], parts[i].name, parts[i].fix);
	while ((line = next_line(&text)))
		for (i = 0; i < CHECKMTA_PARTS; i++) {
			setting = strstr(line, parts[i].setting);
			if (setting)
				add_locks(&ret[i],
				          setting + strlen(parts[i].setting));
		}
	return CHECKMTA_PARTS;
}

static const char *const postconf[] = {
	"/usr/sbin/postconf",   "-hx",          "mailbox_delivery_lock",
	"virtual_mailbox_lock", "home_mailbox", NULL};
static const char *const exim4[] = {"/usr/sbin/exim4", "-bP", "transports",
                                    NULL};
static const char *const exim[] = {"/usr/sbin/exim", "-bP", "transports", NULL};
static const char *const smtpd[] = {"/usr/sbin/smtpd", NULL};
static const char *const dma[] = {"/usr/sbin/dma", NULL};
static const char *const procmail[] = {"/usr/bin/procmail", "-v", NULL};
static const char *const maildrop[] = {"/usr/bin/maildrop", "-v", NULL};
static const char *const local[] = {"/usr/lib/sm.bin/mail.local", NULL};
static const char *const doveconf[] = {
	"/usr/bin/doveconf",     "mbox_write_locks",     "mbox_read_locks",
	"mbox/mbox_write_locks", "mbox/mbox_read_locks", NULL};

static const struct program {
	const char *const *argv;
	checkmta_fn *read;
	bool mta;
	const char *const *instead_of; /* the same program's other name */
	const char *file; /* that is read in the place of asking it */
} programs[] = {
	{postconf, checkmta_postfix, true, NULL, NULL},
	{exim4, checkmta_exim, true, NULL, NULL},
	{exim, checkmta_exim, true, exim4, NULL},
	{smtpd, checkmta_smtpd, true, NULL, "/etc/smtpd.conf"},
	{dma, checkmta_dma, true, NULL, "/etc/dma/dma.conf"},
	{procmail, checkmta_procmail, false, NULL, NULL},
	{maildrop, checkmta_maildrop, false, NULL, NULL},
	{local, checkmta_local, false, NULL, "/dev/null"},
	{doveconf, checkmta_dovecot, false, NULL, NULL},
};

/* Returns how many answers it gave. */
static int ask(const struct program *p, struct checkmta *found)
{
	static char answer[TEXTFILE_MAX + 1];
	size_t n;

	if (p->file)
		(void)textfile_read(p->file, answer, &n);
	else if (checkrun_ask(p->argv, ANSWER_SECONDS, answer, sizeof(answer)) <
	         0)
		return 0;
	return p->read(answer, found);
}

int checkmta_find(struct checkmta found[static CHECKMTA_MAX])
{
	const struct program *p;
	bool mta = false;
	int n = 0;
	size_t i;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		p = &programs[i];
		if (n + CHECKMTA_PARTS > CHECKMTA_MAX)
			break;
		if (access(p->argv[0], X_OK) < 0 ||
		    (p->instead_of && access(p->instead_of[0], X_OK) == 0))
			continue;
		mta |= p->mta;
		n += ask(p, &found[n]);
	}
	if (!mta && n + CHECKMTA_PARTS <= CHECKMTA_MAX)
		n += checkmta_unknown("/usr/sbin/sendmail", &found[n]);
	return n;
}

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checkmta.h"

#include "deadline.h"

#define ANSWER_OCTETS  65536
#define ANSWER_SECONDS 10

static const char mend_exim[] =
	"set use_fcntl_lock in the appendfile transports of Exim";
static const char mend_procmail[] =
	"build procmail with fcntl locks, or let the MTA deliver itself";
static const char mend_maildrop[] =
	"make sure that it was built with fcntl locks (Debian's is), and that "
	"no maildroprc delivers by dotlock alone";

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

static void begin(struct checkmta *c, const char *program, const char *mend)
{
	memset(c, 0, sizeof(*c));
	(void)snprintf(c->program, sizeof(c->program), "%s", program);
	c->mend = mend;
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
	static const char *const mends[CHECKMTA_PARTS] = {
		"postconf -e 'mailbox_delivery_lock = fcntl, dotlock'",
		"postconf -e 'virtual_mailbox_lock = fcntl'"};
	const char *value, *home;
	int i;

	for (i = 0; i < CHECKMTA_PARTS; i++) {
		begin(&ret[i], names[i], mends[i]);
		value = next_value(&text);
		add_locks(&ret[i], value ? value : "");
	}
	home = next_value(&text);
	if (home && *home && home[strlen(home) - 1] == '/') {
		ret[0].maildir = true;
		ret[0].mend = "postconf -e 'home_mailbox ='";
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
	begin(&t->locks, "exim", mend_exim);
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

	begin(&ret[0], "procmail", mend_procmail);
	while ((line = next_line(&text)))
		if (strncmp(line, label, strlen(label)) == 0)
			add_locks(&ret[0], line + strlen(label));
	return 1;
}

/* It tells its version, but not its locks. */
int checkmta_maildrop(char *text, struct checkmta ret[static CHECKMTA_PARTS])
{
	begin(&ret[0], "maildrop", mend_maildrop);
	if (strncmp(text, "maildrop ", 9) == 0) {
		text[9 + strcspn(text + 9, " \n")] = '\0';
		begin(&ret[0], text, mend_maildrop);
	}
	return 1;
}

int checkmta_dovecot(char *text, struct checkmta ret[static CHECKMTA_PARTS])
{
	static const char *const names[CHECKMTA_PARTS] = {"dovecot writing",
	                                                  "dovecot reading"};
	static const char *const mends[CHECKMTA_PARTS] = {
		"set mbox_write_locks = dotlock fcntl in Dovecot",
		"set mbox_read_locks = fcntl in Dovecot"};
	const char *value;
	int i;

	for (i = 0; i < CHECKMTA_PARTS; i++) {
		begin(&ret[i], names[i], mends[i]);
		value = next_value(&text);
		add_locks(&ret[i], value ? value : "");
	}
	return CHECKMTA_PARTS;
}

/* Starts it with the pipe's end as its output. */
static int start(const char *const *argv, int out, pid_t *ret)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char locale[] = "LC_ALL=C";
	static char *const environment[] = {path, locale, NULL};
	posix_spawn_file_actions_t actions;
	int error;

	error = posix_spawn_file_actions_init(&actions);
	if (error)
		return error;
	error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO,
	                                         "/dev/null", O_RDONLY, 0);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, out,
		                                         STDOUT_FILENO);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, out,
		                                         STDERR_FILENO);
	if (!error) /* posix_spawn changes none of the strings */
		error = posix_spawn(ret, argv[0], &actions, NULL,
		                    (char *const *)(uintptr_t)argv,
		                    environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	return error;
}

static void collect(int fd, int seconds, char *ret, size_t size)
{
	deadline_t until = deadline_in(seconds);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t n = 0;
	ssize_t got = 1;

	while (got > 0 && n < size - 1) {
		if (poll(&p, 1, deadline_left(until)) <= 0)
			break;
		got = read(fd, ret + n, size - 1 - n);
		if (got > 0)
			n += (size_t)got;
	}
	ret[n] = '\0';
}

int checkmta_run(const char *const *argv, int seconds, char *ret, size_t size)
{
	int fd[2], error;
	pid_t child;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return -1;
	error = start(argv, fd[1], &child);
	(void)close(fd[1]);
	if (!error) {
		collect(fd[0], seconds, ret, size);
		/* It has said all it had to say, or has had its time. */
		(void)kill(child, SIGKILL);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	(void)close(fd[0]);
	errno = error;
	return error ? -1 : 0;
}

static const char *const postconf_argv[] = {
	"/usr/sbin/postconf",   "-hx",          "mailbox_delivery_lock",
	"virtual_mailbox_lock", "home_mailbox", NULL};
static const char *const exim4_argv[] = {"/usr/sbin/exim4", "-bP", "transports",
                                         NULL};
static const char *const exim_argv[] = {"/usr/sbin/exim", "-bP", "transports",
                                        NULL};
static const char *const procmail_argv[] = {"/usr/bin/procmail", "-v", NULL};
static const char *const maildrop_argv[] = {"/usr/bin/maildrop", "-v", NULL};
static const char *const doveconf_argv[] = {
	"/usr/bin/doveconf", "-h", "mbox_write_locks", "mbox_read_locks", NULL};

static const struct {
	const char *const *argv;
	checkmta_fn *read;
	const char *const *instead_of; /* the same program's other name */
} programs[] = {
	{postconf_argv, checkmta_postfix, NULL},
	{exim4_argv, checkmta_exim, NULL},
	{exim_argv, checkmta_exim, exim4_argv},
	{procmail_argv, checkmta_procmail, NULL},
	{maildrop_argv, checkmta_maildrop, NULL},
	{doveconf_argv, checkmta_dovecot, NULL},
};

int checkmta_find(struct checkmta found[static CHECKMTA_MAX])
{
	static char answer[ANSWER_OCTETS];
	int n = 0;
	size_t i;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		if (n + CHECKMTA_PARTS > CHECKMTA_MAX)
			break;
		if (access(programs[i].argv[0], X_OK) < 0 ||
		    (programs[i].instead_of &&
		     access(programs[i].instead_of[0], X_OK) == 0))
			continue;
		if (checkmta_run(programs[i].argv, ANSWER_SECONDS, answer,
		                 sizeof(answer)) == 0)
			n += programs[i].read(answer, &found[n]);
	}
	return n;
}

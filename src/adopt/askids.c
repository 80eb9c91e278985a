/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "adopt/askids.h"

#include "admin/asciitext.h"
#include "admin/crew.h"
#include "adopt/adoptjoin.h"
#include "adopt/curl.h"
#include "adopt/idlist.h"
#include "adopt/passwords.h"
#include "base/deadline.h"
#include "base/fileio.h"
#include "base/module.h"
#include "config/options.h"
#include "oldid/oldidfound.h"
#include "sandbox/privileges.h"
#include "sandbox/sandbox.h"

#define CONNECT_TIME 30 /* seconds */
#define STALL_TIME   60 /* that a server may say nothing */

#define OUT 3 /* the child's number of the result's file */

#define TEXT   4096  /* where the ids begin in the file; the keys follow */
#define BUFFER 65536 /* octets that are written at once */
#define MOST                                                                   \
	((off_t)TEXT + (off_t)IDLIST_MOST * (OLDID_OCTETS + 1) +               \
	 (off_t)IDLIST_MOST * (off_t)sizeof(struct digest128))

#define NOBODY "nobody"

static const struct curl_module *module;

/* What the child that asks has found. */
struct asked {
	const struct askids *given;
	struct curl_connection *connection;
	struct askids_result result;
	off_t at; /* of what is in the buffer */
	size_t n;
	char buffer[BUFFER];
};

const char *askids_begin(void)
{
	const char *problem;

	module = module_symbol(CURL_MODULE, CURL_SYMBOL, &problem);
	return module ? NULL : problem;
}

int askids_file(void)
{
	int fd;

	fd = memfd_create("ids", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd >= 0 &&
	    (ftruncate(fd, MOST) < 0 ||
	     fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) < 0)) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static int flush(struct asked *a)
{
	if (fileio_pwrite(OUT, a->buffer, a->n, a->at) < 0)
		return -1;
	a->at += (off_t)a->n;
	a->n = 0;
	return 0;
}

static int put(struct asked *a, const void *p, size_t n)
{
	if (a->n + n > BUFFER && flush(a) < 0)
		return -1;
	memcpy(a->buffer + a->n, p, n);
	a->n += n;
	return 0;
}

static int put_id(void *to, const char *id, size_t n)
{
	struct asked *a = to;

	if (a->result.messages == IDLIST_MOST) {
		errno = EFBIG;
		return -1;
	}
	a->result.messages++;
	a->result.unusable += n == 0;
	a->result.octets += (uint32_t)n + 1;
	return put(a, id, n) < 0 ? -1 : put(a, "\n", 1);
}

/* A message without a key has a digest of 0. */
static int put_key(void *to, const struct headerkey *key)
{
	static const struct digest128 none;

	return put(to, key->some ? &key->digest : &none, sizeof(none));
}

static ssize_t read_wire(void *connection, void *buf, size_t n)
{
	return module->read(connection, buf, n, STALL_TIME);
}

static ssize_t write_wire(void *connection, const void *buf, size_t n)
{
	return module->write(connection, buf, n, STALL_TIME);
}

static int end_with(struct asked *a, enum askids_end end)
{
	if (fileio_pwrite(OUT, &a->result, sizeof(a->result), 0) < 0)
		return ASKIDS_FAILED;
	return (int)end;
}

static int end_with_problem(struct asked *a, enum askids_end end,
                            const char *step, const char *problem)
{
	(void)snprintf(a->result.problem, sizeof(a->result.problem),
	               "%s: %.200s", step, problem);
	return end_with(a, end);
}

/* Who asks: the start user; but root is never the one. */
static const char *become_nobody(void)
{
	const struct passwd *pw;
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (uid == 0) {
		pw = getpwnam(NOBODY);
		if (!pw)
			return "there is no account " NOBODY;
		uid = pw->pw_uid;
		gid = pw->pw_gid;
	}
	return privileges_switch(uid, gid, NULL);
}

/* Leaves open the result's file alone.  Returns NULL, or the problem. */
static const char *leave_files(int out)
{
	/* Numbers from 0 on may be anything if onepopctl began without them. */
	const int kept = fcntl(out, F_DUPFD_CLOEXEC, OUT + 2);
	const int none = open("/dev/null", O_RDWR | O_CLOEXEC);
	int i;

	for (i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		if (dup2(none, i) < 0)
			return "/dev/null";
	if (dup2(kept, OUT) < 0)
		return "the result";
	return close_range(OUT + 1, ~0U, 0) < 0 ? "close_range" : NULL;
}

static const char *confine(const struct askids *g)
{
	const char *problem = leave_files(g->out);

	if (!problem)
		problem = become_nobody();
	if (!problem && crew_bind() < 0)
		problem = "PR_SET_PDEATHSIG";
	return problem ? problem : sandbox_client(g->options);
}

/* The work of the child that asks. */
static int ask_child(void *with)
{
	static struct asked a;
	struct askids *g = with;
	const struct oldserver_told told = {put_id, put_key, &a};
	struct oldserver_wire wire = {read_wire, write_wire, NULL};
	enum oldserver_end end;
	const char *problem;
	char text[OLDSERVER_PROBLEM];

	a.at = TEXT;
	(void)signal(SIGPIPE, SIG_IGN);
	/* A parent that is root may not signal it, and so not end it either. */
	(void)alarm(ASKIDS_TIME);
	problem = confine(g);
	if (problem)
		return end_with_problem(&a, ASKIDS_SERVER, problem,
		                        strerrordesc_np(errno));
	wire.connection =
		module->open(g->url, CONNECT_TIME, text, sizeof(text));
	if (!wire.connection)
		return end_with_problem(&a, ASKIDS_SERVER, "connect", text);
	end = oldserver_ask(&wire, &g->login, &told, a.result.problem);
	if (end == OLDSERVER_REFUSED)
		return end_with(&a, ASKIDS_REFUSED);
	if (end != OLDSERVER_DONE)
		return end_with(&a, ASKIDS_FAILED);
	if (flush(&a) < 0)
		return end_with_problem(&a, ASKIDS_FAILED, "its list",
		                        strerrordesc_np(errno));
	return end_with(&a, ASKIDS_ASKED);
}

int askids_read(int fd, struct askids_result *ret)
{
	if (fileio_pread(fd, ret, sizeof(*ret), 0) != sizeof(*ret))
		return -1;
	asciitext_clean(ret->problem, sizeof(ret->problem));
	errno = EBADMSG;
	return ret->messages <= IDLIST_MOST && ret->unusable <= ret->messages &&
	                       ret->octets <= MOST - TEXT
	               ? 0
	               : -1;
}

/* Adds each id that can be used, with its key.  Returns 0, or -1. */
static int fill_list(struct idlist *l, const struct askids_result *r,
                     const char *ids, const struct digest128 *digests)
{
	const char *const end = ids + r->octets;
	struct headerkey key;
	const char *lf;
	uint32_t i;

	errno = EBADMSG;
	for (i = 0; i < r->messages; i++, ids = lf + 1) {
		lf = memchr(ids, '\n', (size_t)(end - ids));
		if (!lf)
			return -1;
		key.digest = digests[i];
		key.some = key.digest.high != 0 || key.digest.low != 0;
		if (lf > ids &&
		    idlist_add(l, ids, (size_t)(lf - ids), &key) < 0)
			return -1;
	}
	return 0;
}

/* Reads what the child has found.  Returns 0, or -1 with errno. */
static int read_list(int fd, struct idlist *l)
{
	struct askids_result r;
	struct digest128 *digests = NULL;
	char *ids = NULL;
	size_t n;
	int result = -1;

	if (askids_read(fd, &r) < 0)
		return -1;
	n = r.messages * sizeof(*digests);
	ids = malloc((size_t)r.octets + 1);
	digests = malloc(n + 1);
	if (ids && digests &&
	    fileio_pread(fd, ids, r.octets, TEXT) == (ssize_t)r.octets &&
	    fileio_pread(fd, digests, n, TEXT + (off_t)r.octets) == (ssize_t)n)
		result = fill_list(l, &r, ids, digests);
	free(ids);
	free(digests);
	return result;
}

/* Has the child ask.  Returns how it ended. */
static int ask(struct askids *g)
{
	static struct crew crew;
	static struct asked none;
	int how = CREW_KILLED;

	crew_init(&crew, crew_keep_end, &how);
	if (crew_start(&crew, g->login.user, deadline_in(ASKIDS_TIME),
	               ask_child, g) == 0)
		crew_wait(&crew, 0);
	if (how >= ASKIDS_ASKED && how <= ASKIDS_SERVER)
		return how;
	(void)snprintf(none.result.problem, sizeof(none.result.problem),
	               how == CREW_OVERDUE
	                       ? "the old server takes too long"
	                       : "the process that asks the old server died");
	(void)fileio_pwrite(g->out, &none.result, sizeof(none.result), 0);
	return ASKIDS_FAILED;
}

int askids_join(void *with)
{
	struct askids *g = with;
	int how;

	passwords_wipe(g->passwords);
	how = ask(g);
	/* This process becomes the mailbox's owner, who must not have it. */
	explicit_bzero(g->login.password, sizeof(g->login.password));
	if (how != ASKIDS_ASKED)
		return how;
	if (read_list(g->out, g->list) < 0)
		return ADOPTJOIN_SILENT;
	return adoptjoin_child(g->join);
}

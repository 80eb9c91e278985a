/* SPDX-License-Identifier: ISC */
/*
 * Linked into build/onepop-faults: makes the calls that touch a mailbox or
 * its journal (fileio.h) fail as the environment says.
 *
 * ONEPOP_FAULTS=RULE,...
 *     A RULE is KIND:CALL:N, for the N-th CALL, or KIND:CALL:N+, for that one
 *     and all after it.  CALL can also be malloc, or any.  KIND is the name of
 *     an error, or:
 *
 *     kill     the process is killed by SIGKILL instead of the call
 *     torn     the process is killed after the call; pwrite writes only a part
 *     stop     the process is stopped by SIGSTOP before the call
 *     short    pread and pwrite do only a half
 *     full     a call that makes a file longer by more than N octets fails
 *     quota    a call that makes a user's file longer fails
 *
 * ONEPOP_FAULTS_LOG=FILE
 *     Counts, and the calls that were done, as far as FILE has space for them.
 *     FILE is mapped, so that it needs no descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fileio.h"

#define RULES_MAX 8

enum call_name {
	PREAD,
	PWRITE,
	FDATASYNC,
	FSYNC,
	FTRUNCATE,
	FALLOCATE,
	FSTAT,
	FSTATFS,
	FIEMAP,
	LOCK,
	MALLOC,
	ANY
};

static const char *const call_names[] = {
	"pread", "pwrite",  "fdatasync", "fsync", "ftruncate", "fallocate",
	"fstat", "fstatfs", "fiemap",    "lock",  "malloc",    "any",
};

enum kind { KILL, TORN, STOP, SHORT, FULL, QUOTA, ERROR };

static const struct {
	const char *name;
	enum kind kind;
	int error;
} kinds[] = {
	{"kill", KILL, 0},
	{"torn", TORN, 0},
	{"stop", STOP, 0},
	{"short", SHORT, 0},
	{"full", FULL, ENOSPC},
	{"quota", QUOTA, EDQUOT},
	{"eio", ERROR, EIO},
	{"enospc", ERROR, ENOSPC},
	{"edquot", ERROR, EDQUOT},
	{"efbig", ERROR, EFBIG},
	{"eintr", ERROR, EINTR},
	{"eagain", ERROR, EAGAIN},
	{"enolck", ERROR, ENOLCK},
	{"enomem", ERROR, ENOMEM},
	{"enotsup", ERROR, EOPNOTSUPP},
	{NULL, ERROR, 0},
};

struct rule {
	uint64_t n;
	enum kind kind;
	int error;
	enum call_name name;
	bool on; /* for all calls after it, too */
};

/* A call that is about to be made. */
struct call {
	enum call_name name;
	int fd;
	off_t at; /* a size, for ftruncate */
	size_t n;
	const void *data;
	bool last; /* the process is killed after it */
};

/* The log, which the test reads, and which children share. */
static struct log {
	uint64_t hits, used;
	uint64_t count[ANY + 1];
	char text[];
} * shared;

/* A call in the log; the octets it wrote follow. */
struct entry {
	uint64_t name, inode;
	int64_t at;
	uint64_t n;
};

static size_t text_space; /* of shared->text */
static struct fileio real;
static struct rule rules[RULES_MAX];
static size_t rules_n;

static void fail_usage(const char *what)
{
	(void)fprintf(stderr, "ONEPOP_FAULTS: %s?\n", what);
	_exit(2);
}

static void die_now(void)
{
	(void)kill(getpid(), SIGKILL);
	for (;;)
		(void)pause();
}

/* Returns by how many octets the call would make a file longer. */
static off_t growth_of(const struct call *c, struct stat *st)
{
	if ((c->name != PWRITE && c->name != FALLOCATE) || fstat(c->fd, st) < 0)
		return 0;
	return c->at + (off_t)c->n - st->st_size;
}

static bool rule_applies(const struct rule *r, const struct call *c)
{
	uint64_t count = shared->count[r->name];
	struct stat st;

	if (r->name != c->name && (r->name != ANY || c->name == MALLOC))
		return false;
	if (r->kind == FULL)
		return growth_of(c, &st) > (off_t)r->n;
	if (r->kind == QUOTA)
		return growth_of(c, &st) > 0 && st.st_uid != 0;
	return count == r->n || (r->on && count > r->n);
}

/* Applies a rule to a call.  Returns -1 with errno if the call must fail. */
static int apply_rule(const struct rule *r, struct call *c)
{
	shared->hits++;
	switch (r->kind) {
	case KILL:
		die_now();
		break;
	case TORN:
		c->last = true;
		if (c->name == PWRITE)
			c->n = c->n * (r->n * 37 % 101) / 101;
		break;
	case STOP:
		(void)kill(getpid(), SIGSTOP);
		break;
	case SHORT:
		c->n -= c->n / 2;
		break;
	default:
		errno = r->error;
		return -1;
	}
	return 0;
}

/* Counts a call that is about to be made.  Returns -1 with errno if it fails.
 */
static int begin_call(struct call *c)
{
	size_t i;

	shared->count[c->name]++;
	if (c->name != MALLOC)
		shared->count[ANY]++;
	for (i = 0; i < rules_n; i++)
		if (rule_applies(&rules[i], c) && apply_rule(&rules[i], c) < 0)
			return -1;
	return 0;
}

static void note_call(const struct call *c, size_t n)
{
	size_t more = c->data ? n : 0;
	struct entry e = {.name = c->name, .at = c->at, .n = n};
	struct stat st;

	if (fstat(c->fd, &st) < 0)
		return;
	e.inode = st.st_ino;
	if (shared->used + sizeof(e) + more > text_space)
		return;
	memcpy(shared->text + shared->used, &e, sizeof(e));
	if (more)
		memcpy(shared->text + shared->used + sizeof(e), c->data, more);
	shared->used += sizeof(e) + more;
}

/* Notes a call that was made, and returns its result. */
static ssize_t end_call(const struct call *c, ssize_t result)
{
	int saved = errno;

	if (result >= 0)
		note_call(c, c->name == PWRITE ? (size_t)result : c->n);
	if (c->last)
		die_now();
	errno = saved;
	return result;
}

static ssize_t try_pread(int fd, void *buf, size_t n, off_t at)
{
	struct call c = {.name = PREAD, .fd = fd, .at = at, .n = n};

	if (begin_call(&c) < 0)
		return -1;
	return end_call(&c, real.pread(fd, buf, c.n, at));
}

static ssize_t try_pwrite(int fd, const void *buf, size_t n, off_t at)
{
	struct call c = {.name = PWRITE, .fd = fd, .at = at, .n = n};

	c.data = buf;
	if (begin_call(&c) < 0)
		return -1;
	return end_call(&c, real.pwrite(fd, buf, c.n, at));
}

static int try_fdatasync(int fd)
{
	struct call c = {.name = FDATASYNC, .fd = fd};

	return begin_call(&c) < 0 ? -1 : (int)end_call(&c, real.fdatasync(fd));
}

static int try_fsync(int fd)
{
	struct call c = {.name = FSYNC, .fd = fd};

	return begin_call(&c) < 0 ? -1 : (int)end_call(&c, real.fsync(fd));
}

static int try_ftruncate(int fd, off_t size)
{
	struct call c = {.name = FTRUNCATE, .fd = fd, .at = size};

	return begin_call(&c) < 0 ? -1
	                          : (int)end_call(&c, real.ftruncate(fd, size));
}

static int try_fallocate(int fd, int mode, off_t at, off_t n)
{
	struct call c = {.name = FALLOCATE, .fd = fd, .at = at};

	c.n = (size_t)n;
	if (begin_call(&c) < 0)
		return -1;
	return (int)end_call(&c, real.fallocate(fd, mode, at, n));
}

static int try_fstat(int fd, struct stat *st)
{
	struct call c = {.name = FSTAT, .fd = fd};

	return begin_call(&c) < 0 ? -1 : (int)end_call(&c, real.fstat(fd, st));
}

static int try_fstatfs(int fd, struct statfs *fs)
{
	struct call c = {.name = FSTATFS, .fd = fd};

	return begin_call(&c) < 0 ? -1
	                          : (int)end_call(&c, real.fstatfs(fd, fs));
}

static int try_fiemap(int fd, struct fiemap *map)
{
	struct call c = {.name = FIEMAP, .fd = fd};

	return begin_call(&c) < 0 ? -1
	                          : (int)end_call(&c, real.fiemap(fd, map));
}

static int try_lock(int fd, struct flock *l)
{
	struct call c = {.name = LOCK, .fd = fd};

	return begin_call(&c) < 0 ? -1 : (int)end_call(&c, real.lock(fd, l));
}

static bool has_memory(void)
{
	struct call c = {.name = MALLOC, .fd = -1};

	return !shared || begin_call(&c) == 0;
}

/* With --wrap the objects call these, and these call the real functions. */
#define CALLED(name) __asm__(name)
void *real_malloc(size_t n) CALLED("__real_malloc");
void *real_calloc(size_t n, size_t size) CALLED("__real_calloc");
void *real_reallocarray(void *p, size_t n, size_t size)
	CALLED("__real_reallocarray");
int real_posix_memalign(void **ret, size_t alignment, size_t n)
	CALLED("__real_posix_memalign");
void *try_malloc(size_t n) CALLED("__wrap_malloc");
void *try_calloc(size_t n, size_t size) CALLED("__wrap_calloc");
void *try_reallocarray(void *p, size_t n, size_t size)
	CALLED("__wrap_reallocarray");
int try_posix_memalign(void **ret, size_t alignment, size_t n)
	CALLED("__wrap_posix_memalign");

void *try_malloc(size_t n)
{
	return has_memory() ? real_malloc(n) : NULL;
}

void *try_calloc(size_t n, size_t size)
{
	return has_memory() ? real_calloc(n, size) : NULL;
}

void *try_reallocarray(void *p, size_t n, size_t size)
{
	return has_memory() ? real_reallocarray(p, n, size) : NULL;
}

int try_posix_memalign(void **ret, size_t alignment, size_t n)
{
	return has_memory() ? real_posix_memalign(ret, alignment, n) : errno;
}

static enum call_name find_call(const char *name)
{
	int i;

	for (i = 0; i <= ANY; i++)
		if (strcmp(call_names[i], name) == 0)
			return (enum call_name)i;
	fail_usage(name);
	return ANY;
}

/* Returns the next word of a rule. */
static const char *next_word(char **rest)
{
	const char *word = strtok_r(NULL, ":", rest);

	if (!word)
		fail_usage("a rule that is too short");
	return word;
}

static void add_rule(char *text)
{
	struct rule *r = &rules[rules_n++];
	char *rest, *end;
	const char *kind;
	size_t i = 0;

	if (rules_n > RULES_MAX)
		fail_usage("fewer rules");
	kind = strtok_r(text, ":", &rest);
	while (kinds[i].name && (!kind || strcmp(kinds[i].name, kind) != 0))
		i++;
	if (!kinds[i].name)
		fail_usage("a kind");
	r->kind = kinds[i].kind;
	r->error = kinds[i].error;
	r->name = find_call(next_word(&rest));
	r->n = strtoul(next_word(&rest), &end, 10);
	r->on = *end == '+';
}

static void map_log(const char *path)
{
	struct stat st = {.st_size = sizeof(*shared)};
	int fd = -1, flags = MAP_SHARED | MAP_ANONYMOUS;

	if (path) {
		flags = MAP_SHARED;
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &st) < 0)
			fail_usage(path);
	}
	if ((size_t)st.st_size < sizeof(*shared))
		fail_usage("a log that is too small");
	shared = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, flags,
	              fd, 0);
	if (shared == MAP_FAILED)
		fail_usage("mmap");
	text_space = (size_t)st.st_size - sizeof(*shared);
	if (fd >= 0)
		(void)close(fd);
}

/* Runs before main, which empties the environment. */
__attribute__((constructor)) static void begin(void)
{
	const char *faults = getenv("ONEPOP_FAULTS");
	char *text, *rule, *rest;

	map_log(getenv("ONEPOP_FAULTS_LOG"));
	text = strdup(faults ? faults : "");
	if (!text)
		fail_usage("memory");
	for (rule = strtok_r(text, ",", &rest); rule;
	     rule = strtok_r(NULL, ",", &rest))
		add_rule(rule);
	free(text);
	real = fileio;
	fileio.pread = try_pread;
	fileio.pwrite = try_pwrite;
	fileio.fdatasync = try_fdatasync;
	fileio.fsync = try_fsync;
	fileio.ftruncate = try_ftruncate;
	fileio.fallocate = try_fallocate;
	fileio.fstat = try_fstat;
	fileio.fstatfs = try_fstatfs;
	fileio.fiemap = try_fiemap;
	fileio.lock = try_lock;
}

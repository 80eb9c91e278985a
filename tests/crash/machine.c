#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fileio.h"
#include "machine.h"
#include "random.h"

#define EVENTS 65536 /* that are kept */

struct machine machine;
static sigjmp_buf killed;

const char *const machine_call_names[CALLS] = {
	"pread",     "pwrite", "fdatasync", "fsync",   "ftruncate",
	"fallocate", "fstat",  "fiemap",    "fstatfs", "lock",
};

static struct fault fault;
static bool running;

/* What stands before each piece of memory of a process. */
struct block {
	struct block *next, *last;
	size_t size;
	char pad[40];
};

_Static_assert(sizeof(struct block) == 64, "keeps the alignment");

static struct block blocks = {.next = &blocks, .last = &blocks};

/* The linker puts these in the place of the functions (--wrap). */
void *__real_malloc(size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t unit);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_reallocarray(void *p, size_t n, size_t unit);
int __wrap_posix_memalign(void **ret, size_t align, size_t n);
void __wrap_free(void *p);
ssize_t __wrap_getrandom(void *buf, size_t n, unsigned int flags);

static bool no_core(void)
{
	long end = fault.at + fault.times;

	if (!running)
		return false;
	machine.allocations++;
	if (fault.kind != NO_CORE || machine.allocations < fault.at ||
	    machine.allocations >= end)
		return false;
	machine.met = true;
	errno = ENOMEM;
	return true;
}

static void *take(size_t n)
{
	struct block *b = aligned_alloc(64, (n + 127) / 64 * 64);

	if (!b)
		abort();
	b->size = n;
	b->next = b->last = b;
	if (running) {
		b->next = blocks.next;
		b->last = &blocks;
		b->next->last = b->last->next = b;
	}
	return b + 1;
}

void *__wrap_malloc(size_t n)
{
	return no_core() ? NULL : take(n);
}

void *__wrap_calloc(size_t n, size_t unit)
{
	void *p = no_core() ? NULL : take(n * unit);

	return p ? memset(p, 0, n * unit) : NULL;
}

void __wrap_free(void *p)
{
	struct block *b = p;

	if (!b)
		return;
	b--;
	b->next->last = b->last;
	b->last->next = b->next;
	__real_free(b);
}

void *__wrap_realloc(void *p, size_t n)
{
	const struct block *old = p;
	void *more;

	if (no_core())
		return NULL;
	more = take(n);
	if (old) {
		old--;
		memcpy(more, p, old->size < n ? old->size : n);
		__wrap_free(p);
	}
	return more;
}

void *__wrap_reallocarray(void *p, size_t n, size_t unit)
{
	return __wrap_realloc(p, n * unit);
}

int __wrap_posix_memalign(void **ret, size_t align, size_t n)
{
	(void)align; /* 64 is the most that is asked for */
	if (no_core())
		return ENOMEM;
	*ret = take(n);
	return 0;
}

ssize_t __wrap_getrandom(void *buf, size_t n, unsigned int flags)
{
	uint8_t *p = buf;
	size_t i;

	(void)flags;
	for (i = 0; i < n; i++)
		p[i] = (uint8_t)next_random(&machine.seed);
	return (ssize_t)n;
}

static struct disk *file(int fd)
{
	return fd == MAILBOX   ? &machine.mailbox
	       : fd == JOURNAL ? &machine.journal
	                       : NULL;
}

static const struct machine_event *event(long number)
{
	return &machine.events[(number - 1) % EVENTS];
}

/* Does the fault befall this call, the last that was noted? */
static bool befalls(void)
{
	const struct machine_event *first, *now = event(machine.calls);

	if (fault.kind == NO_FAULT || fault.kind == NO_CORE ||
	    machine.calls < fault.at || fault.times <= 0)
		return false;
	first = event(fault.at);
	if (now->call != first->call || now->fd != first->fd)
		return false;
	fault.times--;
	machine.met = true;
	return true;
}

static void die(void)
{
	siglongjmp(killed, 1);
}

/* Sets errno, and keeps it for the trace. */
static int fail(int error)
{
	machine.events[(machine.calls - 1) % EVENTS].result = error;
	errno = error;
	return -1;
}

/* Notes a call.  Returns 0, or -1 where it is to fail. */
static int enter(enum machine_call call, int fd, off_t at, off_t n)
{
	machine.events[machine.calls++ % EVENTS] =
		(struct machine_event){call, fd, at, n, 0};
	if (!befalls() || fault.kind == SHORT)
		return 0;
	if (fault.kind == KILL)
		die();
	return fail(fault.error);
}

/*
 * A process is killed between the pages that it writes, not within one; we do
 * so, but not in what fits a sector at the start of a slot.
 */
static bool is_head(int fd, off_t at)
{
	return file(fd)->heads && at % file(fd)->heads == 0;
}

/* As enter; *n becomes what is to be done of it. */
static int enter_io(enum machine_call call, int fd, off_t at, size_t *n)
{
	machine.events[machine.calls++ % EVENTS] =
		(struct machine_event){call, fd, at, (off_t)*n, 0};
	if (!befalls())
		return 0;
	if (fault.kind == FAIL)
		return fail(fault.error);
	if (*n > fault.part)
		*n = fault.kind == KILL && is_head(fd, at) ? 0 : fault.part;
	return fault.kind == KILL;
}

static ssize_t lab_pread(int fd, void *buf, size_t n, off_t at)
{
	int dies;

	if (!file(fd))
		return pread(fd, buf, n, at);
	dies = enter_io(PREAD, fd, at, &n);
	if (dies > 0)
		die();
	return dies < 0 ? -1 : (ssize_t)disk_read(file(fd), buf, n, at);
}

static off_t limit_of(int fd)
{
	return fd == MAILBOX ? machine.mailbox_limit : machine.journal_limit;
}

/* Is there room for so much more on the disk that both files are on? */
static bool shared_fits(off_t more)
{
	off_t used = machine.mailbox.cache.size + machine.journal.cache.size +
	             machine.held + machine.rewritten;

	return !machine.shared_limit || more <= 0 ||
	       used + more <= machine.shared_limit;
}

/* May the file become that long? */
static bool fits(int fd, off_t size)
{
	off_t now = file(fd)->cache.size;

	return size <= now ||
	       (size <= limit_of(fd) &&
	        shared_fits(size - now - (fd == MAILBOX ? machine.held : 0)));
}

/* What copies on write puts elsewhere what is overwritten. */
static bool rewrites(int fd, off_t n)
{
	if (!machine.copies_on_write || fd != MAILBOX)
		return true;
	if (!shared_fits(n))
		return false;
	machine.rewritten += n;
	return true;
}

static ssize_t lab_pwrite(int fd, const void *buf, size_t n, off_t at)
{
	int dies;

	if (!file(fd))
		return pwrite(fd, buf, n, at);
	dies = enter_io(PWRITE, fd, at, &n);
	if (dies < 0)
		return -1;
	if (!fits(fd, at + (off_t)n) || !rewrites(fd, (off_t)n))
		return fail(machine.full);
	disk_write(file(fd), buf, n, at);
	if (dies)
		die();
	return (ssize_t)n;
}

static int sync_file(enum machine_call call, int fd)
{
	if (enter(call, fd, 0, 0) < 0) {
		if (next_random(&machine.seed) % 2)
			disk_fail_sync(file(fd), &machine.seed);
		return -1;
	}
	disk_sync(file(fd));
	if (fd == MAILBOX)
		machine.rewritten = 0;
	return 0;
}

static int lab_fdatasync(int fd)
{
	return file(fd) ? sync_file(FDATASYNC, fd) : fdatasync(fd);
}

static int lab_fsync(int fd)
{
	return file(fd) ? sync_file(FSYNC, fd) : fsync(fd);
}

static int lab_ftruncate(int fd, off_t size)
{
	if (!file(fd))
		return ftruncate(fd, size);
	if (enter(FTRUNCATE, fd, size, 0) < 0)
		return -1;
	disk_resize(file(fd), size);
	if (fd == MAILBOX)
		machine.held = 0;
	return 0;
}

static int lab_fallocate(int fd, int mode, off_t at, off_t n)
{
	if (!file(fd))
		return fallocate(fd, mode, at, n);
	if (enter(FALLOCATE, fd, at, n) < 0)
		return -1;
	if ((mode & FALLOC_FL_UNSHARE_RANGE) && !machine.unshares)
		return fail(EOPNOTSUPP);
	if (!fits(fd, at + n) || (machine.stubborn && fd == MAILBOX))
		return fail(machine.full);
	if (!(mode & FALLOC_FL_KEEP_SIZE) && at + n > file(fd)->cache.size)
		disk_resize(file(fd), at + n);
	else if (fd == MAILBOX && at + n > file(fd)->cache.size + machine.held)
		machine.held = at + n - file(fd)->cache.size;
	return 0;
}

static int lab_fstat(int fd, struct stat *st)
{
	if (!file(fd))
		return fstat(fd, st);
	if (enter(FSTAT, fd, 0, 0) < 0)
		return -1;
	memset(st, 0, sizeof(*st));
	st->st_mode = S_IFREG | 0600;
	st->st_nlink = 1;
	st->st_size = file(fd)->cache.size;
	st->st_ino = machine.inode;
	st->st_dev = machine.device;
	return 0;
}

/* All is in one extent, and nobody else's. */
static int lab_fiemap(int fd, struct fiemap *map)
{
	if (!file(fd))
		return ioctl(fd, FS_IOC_FIEMAP, map);
	if (enter(FIEMAP, fd, (off_t)map->fm_start, (off_t)map->fm_length) < 0)
		return -1;
	map->fm_mapped_extents = 1;
	memset(map->fm_extents, 0, sizeof(map->fm_extents[0]));
	map->fm_extents[0].fe_length = (uint64_t)file(fd)->cache.size;
	map->fm_extents[0].fe_flags = FIEMAP_EXTENT_LAST;
	return 0;
}

static int lab_fstatfs(int fd, struct statfs *fs)
{
	if (!file(fd))
		return fstatfs(fd, fs);
	if (enter(FSTATFS, fd, 0, 0) < 0)
		return -1;
	memset(fs, 0, sizeof(*fs));
	fs->f_type =
		machine.copies_on_write ? BTRFS_SUPER_MAGIC : EXT4_SUPER_MAGIC;
	return 0;
}

static int lab_lock(int fd, struct flock *l)
{
	if (!file(fd))
		return fcntl(fd, F_OFD_SETLK, l);
	return enter(LOCK, fd, l->l_type, 0);
}

static const struct fileio lab_calls = {
	.pread = lab_pread,
	.pwrite = lab_pwrite,
	.fdatasync = lab_fdatasync,
	.fsync = lab_fsync,
	.ftruncate = lab_ftruncate,
	.fallocate = lab_fallocate,
	.fstat = lab_fstat,
	.fiemap = lab_fiemap,
	.fstatfs = lab_fstatfs,
	.lock = lab_lock,
};

static void start(const struct fault *f)
{
	if (!machine.events)
		machine.events = calloc(EVENTS, sizeof(*machine.events));
	if (!machine.events)
		abort();
	calls = lab_calls;
	fault = *f;
	machine.calls = machine.allocations = 0;
	machine.met = false;
	machine.modified = machine.mailbox.writes;
	running = true;
}

bool machine_run(const struct fault *f, void (*work)(void *ctx), void *ctx)
{
	volatile bool lived = false;

	start(f);
	if (sigsetjmp(killed, 1) == 0) {
		work(ctx);
		lived = true;
	}
	running = false;
	while (blocks.next != &blocks)
		__wrap_free(blocks.next + 1);
	return lived;
}

void machine_cut_power(void)
{
	disk_cut_power(&machine.mailbox, &machine.seed);
	disk_cut_power(&machine.journal, &machine.seed);
}

static void copy(struct machine *to, const struct machine *from)
{
	struct disk mailbox = to->mailbox, journal = to->journal;
	struct machine_event *events = to->events;

	disk_copy(&mailbox, &from->mailbox);
	disk_copy(&journal, &from->journal);
	*to = *from;
	to->mailbox = mailbox;
	to->journal = journal;
	to->events = events;
}

void machine_save(struct machine *to)
{
	copy(to, &machine);
}

void machine_restore(const struct machine *from)
{
	copy(&machine, from);
}

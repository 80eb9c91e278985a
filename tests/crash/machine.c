/* SPDX-License-Identifier: ISC */
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

#define EVENTS 65536 /* that are remembered */

struct machine machine;
static sigjmp_buf killed;

const char *const machine_call_names[CALLS] = {
	"pread",     "pwrite", "fdatasync", "fsync",   "ftruncate",
	"fallocate", "fstat",  "fiemap",    "fstatfs", "lock",
};

static struct fault fault;
static bool running;

/* The head of each piece of memory of a process. */
struct block {
	struct block *next, *last;
	size_t size;
	char pad[40];
};

_Static_assert(sizeof(struct block) == 64, "keeps the alignment");

static struct block blocks = {.next = &blocks, .last = &blocks};

/* The linker replaces the functions by these (--wrap). */
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

static void *allocate_block(size_t n)
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
	return no_core() ? NULL : allocate_block(n);
}

void *__wrap_calloc(size_t n, size_t unit)
{
	void *p = no_core() ? NULL : allocate_block(n * unit);

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
	more = allocate_block(n);
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
	*ret = allocate_block(n);
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

static struct disk *find_disk(int fd)
{
	return fd == MAILBOX   ? &machine.mailbox
	       : fd == JOURNAL ? &machine.journal
	       : fd == KEPT    ? &machine.kept
	                       : NULL;
}

static const struct machine_event *find_event(long number)
{
	return &machine.events[(number - 1) % EVENTS];
}

/* Does the fault happen at the last call that was noted? */
static bool fault_happens(void)
{
	const struct machine_event *first, *now = find_event(machine.calls);

	if (fault.kind == NO_FAULT || fault.kind == NO_CORE ||
	    machine.calls < fault.at || fault.times <= 0)
		return false;
	first = find_event(fault.at);
	if (now->call != first->call || now->fd != first->fd)
		return false;
	fault.times--;
	machine.met = true;
	return true;
}

static void die_now(void)
{
	siglongjmp(killed, 1);
}

/* Sets errno, and notes it for the trace. */
static int fail_call(int error)
{
	machine.events[(machine.calls - 1) % EVENTS].result = error;
	errno = error;
	return -1;
}

/* Notes a call.  Returns 0, or -1 with errno if it must fail. */
static int enter_call(enum machine_call call, int fd, off_t at, off_t n)
{
	machine.events[machine.calls++ % EVENTS] =
		(struct machine_event){call, fd, at, n, 0};
	if (!fault_happens() || fault.kind == SHORT)
		return 0;
	if (fault.kind == KILL)
		die_now();
	return fail_call(fault.error);
}

/*
 * A real process is killed between two pages that it writes, not within one.
 * Here it is killed anywhere, but not in a sector at the start of a slot.
 */
static bool is_head(int fd, off_t at)
{
	return find_disk(fd)->heads && at % find_disk(fd)->heads == 0;
}

/*
 * Notes a read or write, and sets *n to the octets it does.  Returns 0, 1 if
 * the process is killed after it, or -1 with errno.
 */
static int enter_io(enum machine_call call, int fd, off_t at, size_t *n)
{
	machine.events[machine.calls++ % EVENTS] =
		(struct machine_event){call, fd, at, (off_t)*n, 0};
	if (!fault_happens())
		return 0;
	if (fault.kind == FAIL)
		return fail_call(fault.error);
	if (*n > fault.part)
		*n = fault.kind == KILL && is_head(fd, at) ? 0 : fault.part;
	return fault.kind == KILL;
}

static ssize_t lab_pread(int fd, void *buf, size_t n, off_t at)
{
	int dies;

	if (!find_disk(fd))
		return pread(fd, buf, n, at);
	dies = enter_io(PREAD, fd, at, &n);
	if (dies > 0)
		die_now();
	return dies < 0 ? -1 : (ssize_t)disk_read(find_disk(fd), buf, n, at);
}

static off_t limit_of(int fd)
{
	return fd == MAILBOX   ? machine.mailbox_limit
	       : fd == JOURNAL ? machine.journal_limit
	                       : machine.kept_limit;
}

/* Has the disk that both files are on space for so many more octets? */
static bool shared_fits(off_t more)
{
	off_t used = machine.mailbox.cache.size + machine.journal.cache.size +
	             machine.held + machine.rewritten;

	return !machine.shared_limit || more <= 0 ||
	       used + more <= machine.shared_limit;
}

/* Can the file become that long? */
static bool fits(int fd, off_t size)
{
	off_t now = find_disk(fd)->cache.size;

	return size <= now ||
	       (size <= limit_of(fd) &&
	        (fd == KEPT ||
	         shared_fits(size - now - (fd == MAILBOX ? machine.held : 0))));
}

/* Does copy on write have space for the octets that are overwritten? */
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

	if (!find_disk(fd))
		return pwrite(fd, buf, n, at);
	dies = enter_io(PWRITE, fd, at, &n);
	if (dies < 0)
		return -1;
	if (!fits(fd, at + (off_t)n) || !rewrites(fd, (off_t)n))
		return fail_call(machine.full);
	disk_write(find_disk(fd), buf, n, at);
	if (dies)
		die_now();
	return (ssize_t)n;
}

static int sync_file(enum machine_call call, int fd)
{
	if (enter_call(call, fd, 0, 0) < 0) {
		if (next_random(&machine.seed) % 2)
			disk_fail_sync(find_disk(fd), &machine.seed);
		return -1;
	}
	disk_sync(find_disk(fd));
	if (fd == MAILBOX)
		machine.rewritten = 0;
	return 0;
}

static int lab_fdatasync(int fd)
{
	return find_disk(fd) ? sync_file(FDATASYNC, fd) : fdatasync(fd);
}

static int lab_fsync(int fd)
{
	return find_disk(fd) ? sync_file(FSYNC, fd) : fsync(fd);
}

static int lab_ftruncate(int fd, off_t size)
{
	if (!find_disk(fd))
		return ftruncate(fd, size);
	if (enter_call(FTRUNCATE, fd, size, 0) < 0)
		return -1;
	disk_resize(find_disk(fd), size);
	if (fd == MAILBOX)
		machine.held = 0;
	return 0;
}

static int lab_fallocate(int fd, int mode, off_t at, off_t n)
{
	if (!find_disk(fd))
		return fallocate(fd, mode, at, n);
	if (enter_call(FALLOCATE, fd, at, n) < 0)
		return -1;
	if ((mode & FALLOC_FL_UNSHARE_RANGE) && !machine.unshares)
		return fail_call(EOPNOTSUPP);
	if (!fits(fd, at + n) || (machine.stubborn && fd == MAILBOX))
		return fail_call(machine.full);
	if (!(mode & FALLOC_FL_KEEP_SIZE) && at + n > find_disk(fd)->cache.size)
		disk_resize(find_disk(fd), at + n);
	else if (fd == MAILBOX &&
	         at + n > find_disk(fd)->cache.size + machine.held)
		machine.held = at + n - find_disk(fd)->cache.size;
	return 0;
}

static int lab_fstat(int fd, struct stat *st)
{
	if (!find_disk(fd))
		return fstat(fd, st);
	if (enter_call(FSTAT, fd, 0, 0) < 0)
		return -1;
	memset(st, 0, sizeof(*st));
	st->st_mode = S_IFREG | 0600;
	st->st_nlink = 1;
	st->st_size = find_disk(fd)->cache.size;
	st->st_ino = machine.inode;
	st->st_dev = machine.device;
	return 0;
}

/* The file is one extent, which is not shared. */
static int lab_fiemap(int fd, struct fiemap *map)
{
	if (!find_disk(fd))
		return ioctl(fd, FS_IOC_FIEMAP, map);
	if (enter_call(FIEMAP, fd, (off_t)map->fm_start,
	               (off_t)map->fm_length) < 0)
		return -1;
	map->fm_mapped_extents = 1;
	memset(map->fm_extents, 0, sizeof(map->fm_extents[0]));
	map->fm_extents[0].fe_length = (uint64_t)find_disk(fd)->cache.size;
	map->fm_extents[0].fe_flags = FIEMAP_EXTENT_LAST;
	return 0;
}

static int lab_fstatfs(int fd, struct statfs *fs)
{
	if (!find_disk(fd))
		return fstatfs(fd, fs);
	if (enter_call(FSTATFS, fd, 0, 0) < 0)
		return -1;
	memset(fs, 0, sizeof(*fs));
	fs->f_type =
		machine.copies_on_write ? BTRFS_SUPER_MAGIC : EXT4_SUPER_MAGIC;
	return 0;
}

static int lab_lock(int fd, struct flock *l)
{
	if (!find_disk(fd))
		return fcntl(fd, F_OFD_SETLK, l);
	return enter_call(LOCK, fd, l->l_type, 0);
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

static void start_process(const struct fault *f)
{
	if (!machine.events)
		machine.events = calloc(EVENTS, sizeof(*machine.events));
	if (!machine.events)
		abort();
	fileio = lab_calls;
	fault = *f;
	machine.calls = machine.allocations = 0;
	machine.met = false;
	machine.modified = machine.mailbox.writes;
	running = true;
}

bool machine_run(const struct fault *f, void (*work)(void *ctx), void *ctx)
{
	volatile bool lived = false;

	start_process(f);
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
	disk_cut_power(&machine.kept, &machine.seed);
}

static void copy_machine(struct machine *to, const struct machine *from)
{
	struct disk mailbox = to->mailbox, journal = to->journal,
		    kept = to->kept;
	struct machine_event *events = to->events;

	disk_copy(&mailbox, &from->mailbox);
	disk_copy(&journal, &from->journal);
	disk_copy(&kept, &from->kept);
	*to = *from;
	to->mailbox = mailbox;
	to->journal = journal;
	to->kept = kept;
	to->events = events;
}

void machine_save(struct machine *to)
{
	copy_machine(to, &machine);
}

void machine_restore(const struct machine *from)
{
	copy_machine(&machine, from);
}

/*
 * A machine that can fail at any moment: the table of calls (fileio.h) over a
 * mailbox and a journal in memory, and the allocation of memory.  A process
 * that is killed leaves by siglongjmp; what it had allocated is given back.
 */
#ifndef CRASH_MACHINE_H
#define CRASH_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "disk.h"

/* The descriptors of the files; all others are the system's. */
enum { MAILBOX = 1000000, JOURNAL };

enum machine_call {
	PREAD,
	PWRITE,
	FDATASYNC,
	FSYNC,
	FTRUNCATE,
	FALLOCATE,
	FSTAT,
	FIEMAP,
	FSTATFS,
	LOCK,
	CALLS
};

enum fault_kind {
	NO_FAULT,
	FAIL,   /* with that error */
	SHORT,  /* reads and writes do that part of what is asked for */
	KILL,   /* after that part of it */
	NO_CORE /* an allocation fails, and not a call */
};

#define FOR_EVER (1L << 40)

struct fault {
	enum fault_kind kind;
	long at;    /* the call it happens at; 1 is the first */
	long times; /* that it happens, at calls of that kind and file */
	int error;
	size_t part;
};

struct machine_event {
	enum machine_call call;
	int fd;
	off_t at, n;
	int result; /* 0, or what errno was set to */
};

struct machine {
	struct disk mailbox, journal;
	off_t journal_limit; /* it cannot be longer: the disk is full */
	off_t mailbox_limit; /* nor that */
	off_t shared_limit;  /* nor the two together; 0: each has its own */
	off_t held;          /* allocated behind the mailbox's end */
	off_t rewritten;     /* octets whose old blocks are not free yet */
	int full;            /* what is said then: ENOSPC, EDQUOT */
	bool copies_on_write, unshares;
	bool stubborn; /* allocates nothing, not even what is there */
	ino_t inode;
	dev_t device;
	uint64_t seed; /* of the nonces, and of what a fault leaves open */
	struct machine_event *events; /* of the last process */
	long calls, allocations;
	bool met;               /* the fault has happened */
	unsigned long modified; /* mailbox.writes when it began */
};

extern struct machine machine;

/*
 * A process does that work and meets that fault.  All its memory is given
 * back.  Returns whether it lived.
 */
bool machine_run(const struct fault *f, void (*work)(void *ctx), void *ctx);

void machine_cut_power(void);
void machine_save(struct machine *to);
void machine_restore(const struct machine *from);

extern const char *const machine_call_names[CALLS];

#endif

/* SPDX-License-Identifier: ISC */
/*
 * A machine that can fail at any moment: the table of calls (fileio.h) over a
 * mailbox, a journal and copies of deleted mail (kept.h) in memory, and the
 * allocation of memory.  A process that is killed leaves by siglongjmp; its
 * memory is freed.
 */
#ifndef CRASH_MACHINE_H
#define CRASH_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "disk.h"

/* The descriptors of these files; others are real. */
enum { MAILBOX = 1000000, JOURNAL, KEPT };

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
	FAIL,   /* the call fails with that error */
	SHORT,  /* a read or write does only that part */
	KILL,   /* the process is killed after that part */
	NO_CORE /* an allocation fails, and not a call */
};

#define FOR_EVER (1L << 40)

struct fault {
	enum fault_kind kind;
	long at;    /* the first call it happens at, from 1 on */
	long times; /* that it happens, at calls of the same kind and file */
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
	struct disk mailbox, journal, kept;
	bool keeps;          /* sessions keep copies */
	off_t kept_limit;    /* octets of kept: then its disk is full */
	off_t journal_limit; /* octets it can have: then the disk is full */
	off_t mailbox_limit; /* the same for the mailbox */
	off_t shared_limit;  /* the same for both together; 0: none */
	off_t held;          /* octets allocated behind the mailbox's end */
	off_t rewritten;     /* octets whose old blocks are not free yet */
	int full;            /* the error then: ENOSPC, EDQUOT */
	bool copies_on_write, unshares;
	bool stubborn; /* allocates nothing, not even blocks that are there */
	ino_t inode;
	dev_t device;
	uint64_t seed; /* of the nonces, and of a fault's random choices */
	struct machine_event *events; /* of the last process */
	long calls, allocations;
	bool met;               /* the fault has happened */
	unsigned long modified; /* mailbox.writes when it began */
};

extern struct machine machine;

/*
 * Runs a process that does that work and meets that fault, and frees all its
 * memory.  Returns whether it lived.
 */
bool machine_run(const struct fault *f, void (*work)(void *ctx), void *ctx);

void machine_cut_power(void);
void machine_save(struct machine *to);
void machine_restore(const struct machine *from);

extern const char *const machine_call_names[CALLS];

#endif

/* SPDX-License-Identifier: ISC */
/*
 * systemd's journal: the contract between onepop-sdjournal.so, which is linked
 * with libsystemd (sdjournal.c), and its caller.  The rest of onepopctl starts
 * without libsystemd.
 */
#ifndef ONEPOP_SDJOURNAL_H
#define ONEPOP_SDJOURNAL_H

#include <stdint.h>
#include <sys/types.h>

#include "usage/logline.h"

struct sdjournal_entry {
	int64_t time; /* seconds since 1970 */
	uid_t uid;    /* of the process that sent it, as the kernel said */
	char message[LOGLINE_OCTETS];
};

/* The module exports one of these. */
struct sdjournal_module {
	/*
	 * Opens all files of this host's journal that the process may read,
	 * at their end.  Closed when the process ends.
	 * Returns 0, or -1 with errno; ENOENT: there are none.
	 */
	int (*open)(void);

	/*
	 * Reads the next older entry that calls itself onepop's.  In an entry
	 * without a uid, or with a message that is too long or no text, message
	 * is empty.
	 * Returns 1; 0 if there is none; or -1 with errno.
	 */
	int (*read_older)(struct sdjournal_entry *e);
};

#define SDJOURNAL_MODULE "onepop-sdjournal.so"
#define SDJOURNAL_SYMBOL "sdjournal_module"

extern const struct sdjournal_module sdjournal_module;

#endif

/* SPDX-License-Identifier: ISC */
/* Drops capabilities, from all five sets that the kernel has. */
#ifndef ONEPOP_CAPABILITIES_H
#define ONEPOP_CAPABILITIES_H

#include <linux/capability.h>
#include <stdint.h>

#define CAPABILITY(c) (UINT64_C(1) << (c))

/*
 * Keeps those permitted capabilities that are in the set, and makes them
 * effective.  Programs that are run get them too, since PAM's helper needs
 * them, and, if the process has CAP_SETPCAP to empty the bounding set, no
 * others.  Returns 0, or -1 with errno.
 */
int capabilities_keep(uint64_t set);

#endif

/* The process's capabilities, in all five sets that the kernel has. */
#ifndef ONEPOP_CAPABILITIES_H
#define ONEPOP_CAPABILITIES_H

#include <linux/capability.h>
#include <stdint.h>

#define CAPABILITY(c) (UINT64_C(1) << (c))

/*
 * Keeps of the permitted capabilities those of the set, and makes them
 * effective.  Programs that are run have them too, as PAM's helper needs,
 * and get no others, where CAP_SETPCAP is there to empty the bounding set.
 * Returns 0, or -1 with errno.
 */
int capabilities_keep(uint64_t set);

#endif

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/capabilities.h"

#define BITS 64 /* of a set */

static struct __user_cap_header_struct head = {
	.version = _LINUX_CAPABILITY_VERSION_3,
};

/* Capabilities that are not permitted leave the ambient set by themselves. */
static int raise_ambient(uint64_t kept)
{
	unsigned long c;

	for (c = 0; c < BITS; c++)
		if (kept & CAPABILITY(c) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0) < 0)
			return -1;
	return 0;
}

static int empty_bounding_set(void)
{
	unsigned long c = 0;

	while (c < BITS && prctl(PR_CAPBSET_DROP, c, 0, 0, 0) == 0)
		c++;
	/* EINVAL: the kernel has no capability of that number. */
	return c == BITS || errno == EINVAL ? 0 : -1;
}

static int set_capabilities(uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	int i;

	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted = (uint32_t)(permitted >> 32 * i);
		data[i].effective = data[i].permitted;
		data[i].inheritable = (uint32_t)(inheritable >> 32 * i);
	}
	return (int)syscall(SYS_capset, &head, data);
}

int capabilities_keep(uint64_t kept)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	uint64_t permitted;

	if (syscall(SYS_capget, &head, data) < 0)
		return -1;
	permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	kept &= permitted;
	/*
	 * In this order: only capabilities of the bounding set can be made
	 * inheritable.
	 */
	if (permitted & CAPABILITY(CAP_SETPCAP) &&
	    (set_capabilities(permitted, kept) < 0 || empty_bounding_set() < 0))
		return -1;
	return set_capabilities(kept, kept) < 0 ? -1 : raise_ambient(kept);
}

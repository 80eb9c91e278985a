#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/capabilities.h"

#define SETS 64 /* bits that a set has room for */

static int get(struct __user_cap_data_struct data[static 2])
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};

	return (int)syscall(SYS_capget, &head, data);
}

static int set(const struct __user_cap_data_struct data[static 2])
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};

	return (int)syscall(SYS_capset, &head, data);
}

/* Ambient ones go of themselves when they are no longer permitted. */
static int raise_ambient(uint64_t kept)
{
	unsigned long c;

	for (c = 0; c < SETS; c++)
		if (kept & CAPABILITY(c) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0) < 0)
			return -1;
	return 0;
}

/* Empties the bounding set. */
static int unbound(void)
{
	unsigned long c = 0;

	while (c < SETS && prctl(PR_CAPBSET_DROP, c, 0, 0, 0) == 0)
		c++;
	/* EINVAL: the kernel knows no more. */
	return c == SETS || errno == EINVAL ? 0 : -1;
}

/* The capabilities of all three sets. */
static int set_all(uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	int i;

	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted = (uint32_t)(permitted >> 32 * i);
		data[i].effective = data[i].permitted;
		data[i].inheritable = (uint32_t)(inheritable >> 32 * i);
	}
	return set(data);
}

int capabilities_keep(uint64_t kept)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	uint64_t permitted;

	if (get(data) < 0)
		return -1;
	permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	kept &= permitted;
	/* Only what is in the bounding set can be made inheritable. */
	if (permitted & CAPABILITY(CAP_SETPCAP) &&
	    (set_all(permitted, kept) < 0 || unbound() < 0))
		return -1;
	return set_all(kept, kept) < 0 ? -1 : raise_ambient(kept);
}

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/filter.h"

#define LENGTH(a) ((unsigned short)(sizeof(a) / sizeof((a)[0])))

/* What the programs compare with that is known only here. */
struct numbers {
	uint32_t self;                /* this process */
	uint32_t most_high, most_low; /* octets of state */
};

static int install(struct sock_filter *steps, unsigned short n)
{
	const struct sock_fprog program = {n, steps};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

#include "filters.h"

int filter_enter(unsigned int filter, uint64_t most)
{
	static int (*const programs[])(const struct numbers *) = {
		[FILTER_LOGIN] = login,
		[FILTER_HELPER] = login_helper,
		[FILTER_ROOT] = root,
		[FILTER_ROOT | FILTER_HELPER] = root_helper,
		[FILTER_MAIL] = mail,
	};
	const struct numbers numbers = {.self = (uint32_t)getpid(),
	                                .most_high = (uint32_t)(most >> 32),
	                                .most_low = (uint32_t)most};

	return programs[filter](&numbers);
}

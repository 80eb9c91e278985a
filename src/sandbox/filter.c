/* SPDX-License-Identifier: ISC */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/filter.h"

#define LENGTH(a) ((unsigned short)(sizeof(a) / sizeof((a)[0])))

/* Numbers in the programs that only the process knows (mkfilters.c). */
struct numbers {
	uint32_t self;                /* its process number */
	uint32_t most_high, most_low; /* octets of state */
};

static int install(struct sock_filter *steps, unsigned short n)
{
	const struct sock_fprog program = {n, steps};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

#include "filters.h"

typedef int program_fn(const struct numbers *);

int filter_enter(unsigned int filter, uint64_t most)
{
	/* The mail filter allows no seccomp(2), so it is the last. */
	static program_fn *const programs[][2] = {
		[FILTER_LOGIN] = {login_denied, login},
		[FILTER_HELPER] = {login_denied, login_helper},
		[FILTER_ROOT] = {root_denied, root},
		[FILTER_ROOT | FILTER_HELPER] = {root_denied, root_helper},
		[FILTER_MAIL] = {mail_denied, mail},
	};
	const struct numbers numbers = {.self = (uint32_t)getpid(),
	                                .most_high = (uint32_t)(most >> 32),
	                                .most_low = (uint32_t)most};

	if (programs[filter][0](&numbers) < 0)
		return -1;
	return programs[filter][1](&numbers);
}

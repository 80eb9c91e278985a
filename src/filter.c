#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter.h"

#define LENGTH(a) ((unsigned short)(sizeof(a) / sizeof((a)[0])))

/* What the programs compare with that is known only here. */
struct numbers {
	uint32_t self; /* this process */
};

static int install(struct sock_filter *steps, unsigned short n)
{
	const struct sock_fprog program = {n, steps};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

#include "filters.h"

int filter_enter(unsigned int filter)
{
	static int (*const programs[])(const struct numbers *) = {
		[FILTER_LOGIN] = login,
		[FILTER_HELPER] = login_helper,
		[FILTER_ROOT] = root,
		[FILTER_ROOT | FILTER_HELPER] = root_helper,
		[FILTER_MAIL] = mail,
	};
	const struct numbers numbers = {.self = (uint32_t)getpid()};

	return programs[filter](&numbers);
}

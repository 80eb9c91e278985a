#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter.h"

#include "filters.h"

#define LENGTH(a) ((unsigned short)(sizeof(a) / sizeof((a)[0])))

int filter_enter(enum filter filter)
{
	static const struct sock_fprog programs[] = {
		[FILTER_LOGIN] = {LENGTH(login_filter), login_filter},
		[FILTER_AUDITED] = {LENGTH(audited_filter), audited_filter},
		[FILTER_MAIL] = {LENGTH(mail_filter), mail_filter},
	};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
	                    &programs[filter]);
}

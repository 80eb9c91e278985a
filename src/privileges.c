#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "privileges.h"

/* Is it that user throughout, the saved id too? */
static bool is_user(uid_t uid)
{
	uid_t r, e, s;

	return getresuid(&r, &e, &s) == 0 && r == uid && e == uid && s == uid;
}

static bool is_group(gid_t gid)
{
	gid_t r, e, s, groups[2];

	return getresgid(&r, &e, &s) == 0 && r == gid && e == gid && s == gid &&
	       getgroups(2, groups) == 1 && groups[0] == gid;
}

/* The group first: without the user's privileges it could not be changed. */
static const char *become(uid_t uid, gid_t gid)
{
	if (setgroups(1, &gid) < 0)
		return "setgroups";
	if (setresgid(gid, gid, gid) < 0)
		return "setresgid";
	if (setresuid(uid, uid, uid) < 0)
		return "setresuid";
	errno = EPERM;
	return is_group(gid) ? NULL : "the groups did not change";
}

/* Between two users that are not root the kernel keeps capabilities. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

	return (int)syscall(SYS_capset, &head, none);
}

const char *privileges_switch(uid_t uid, gid_t gid)
{
	const char *failed;

	errno = EPERM;
	if (uid == 0)
		return "root is no user with mail";
	if (gid == 0)
		return "the group root is no group for mail";
	failed = is_user(uid) ? NULL : become(uid, gid);
	if (failed)
		return failed;
	if (drop_capabilities() < 0)
		return "capset";
	errno = EPERM;
	if (!is_user(uid))
		return "the user did not change";
	if (setresuid((uid_t)-1, 0, (uid_t)-1) == 0)
		return "root can be had back";
	/* A change of user may have made it dumpable again. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return "PR_SET_DUMPABLE";
	return NULL;
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/statefile.h"
#include "sandbox/capabilities.h"
#include "sandbox/privileges.h"

#define LOGIN                                                                  \
	(CAPABILITY(CAP_SETUID) | CAPABILITY(CAP_SETGID) |                     \
	 CAPABILITY(CAP_DAC_READ_SEARCH))
#define ROOTS (CAPABILITY(CAP_AUDIT_WRITE) | CAPABILITY(CAP_SYS_RESOURCE))

/* Are the real, the effective and the saved id all this user's? */
static bool is_user(uid_t uid)
{
	uid_t r, e, s;

	return getresuid(&r, &e, &s) == 0 && r == uid && e == uid && s == uid;
}

static bool is_group(gid_t gid)
{
	gid_t r, e, s;

	return getresgid(&r, &e, &s) == 0 && r == gid && e == gid && s == gid &&
	       getgroups(0, NULL) == 0;
}

/*
 * No list of groups: the filter sees only how many there are, and allows none.
 * The group changes first, since afterwards the process has not the privilege.
 * Capabilities are kept, and the caller drops them from all sets; a program
 * that is run does not inherit PR_SET_KEEPCAPS.
 */
static const char *become_user(uid_t uid, gid_t gid)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return "PR_SET_KEEPCAPS";
	if (setgroups(0, NULL) < 0)
		return "setgroups";
	if (setresgid(gid, gid, gid) < 0)
		return "setresgid";
	if (setresuid(uid, uid, uid) < 0)
		return "setresuid";
	errno = EPERM;
	return is_group(gid) ? NULL : "the groups did not change";
}

/* Returns 0, or -1 with errno. */
static int find_account(const char *name, struct start_user *ret)
{
	const struct passwd *pw;

	errno = 0;
	pw = getpwnam(name);
	if (!pw) {
		errno = errno ? errno : ENOENT;
		return -1;
	}
	ret->uid = pw->pw_uid;
	ret->gid = pw->pw_gid;
	return 0;
}

const char *privileges_find(const char *name, struct start_user *ret)
{
	*ret = (struct start_user){.from_root = geteuid() == 0};
	if (!ret->from_root || find_account(name, ret) == 0)
		return NULL;
	ret->missing = strcmp(name, PRIVILEGES_START_USER) == 0;
	return ret->missing ? NULL : "no account for --start-user";
}

static uint64_t for_chroot(bool chroot)
{
	return chroot ? CAPABILITY(CAP_SYS_CHROOT) : 0;
}

const char *privileges_start(const struct start_user *user, bool chroot)
{
	uint64_t keep = LOGIN | for_chroot(chroot);
	const char *problem = NULL;

	if (user->from_root && user->uid == 0)
		keep |= ROOTS;
	else if (user->from_root)
		problem = become_user(user->uid, user->gid);
	if (problem)
		return problem;
	if (capabilities_keep(keep) < 0)
		return "capset";
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? "PR_SET_DUMPABLE"
	                                              : NULL;
}

const char *privileges_drop(const char *mail_user, bool chroot)
{
	struct start_user owner;

	if (!mail_user || find_account(mail_user, &owner) < 0 ||
	    !is_user(owner.uid))
		return NULL;
	return capabilities_keep(for_chroot(chroot)) < 0 ? "capset" : NULL;
}

/* Only root may have prepared the directory. */
static const char *change_root(const char *root)
{
	struct stat st;

	if (chroot(root) < 0)
		return "chroot";
	if (chdir("/") < 0 || stat(".", &st) < 0)
		return "chdir";
	errno = EPERM;
	if (st.st_uid != 0 || statefile_others_write(&st))
		return "users other than root may write the --chroot "
		       "directory";
	return NULL;
}

const char *privileges_switch(uid_t uid, gid_t gid, const char *root)
{
	const char *problem = NULL;

	errno = EPERM;
	if (uid == 0)
		return "root has no mail here";
	if (gid == 0)
		return "users of the group root have no mail here";
	if (root)
		problem = change_root(root);
	if (!problem && !is_user(uid))
		problem = become_user(uid, gid);
	if (problem)
		return problem;
	if (capabilities_keep(0) < 0)
		return "capset";
	errno = EPERM;
	if (!is_user(uid))
		return "the user did not change";
	if (setresuid((uid_t)-1, 0, (uid_t)-1) == 0)
		return "the process can become root again";
	/* A change of user may have made it dumpable again. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return "PR_SET_DUMPABLE";
	return NULL;
}

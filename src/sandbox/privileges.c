#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Is it that user throughout, the saved id too? */
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
 * No list of groups: the filter sees only how many there are, and lets none
 * through.  The group first: without the user's privileges it could not be
 * changed. Capabilities are kept, for the caller to be rid of in all sets; a
 * program that is run has not inherited that.
 */
static const char *become(uid_t uid, gid_t gid)
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

/* Takes the number that a line has between two colons. */
static bool take_id(char **at, id_t *ret)
{
	char *number = *at + 1;

	*ret = (id_t)strtoul(number, at, 10);
	return *at != number && **at == ':';
}

/* Is that line of passwd(5) of the account? */
static bool is_account(char *line, const char *name, struct start_user *ret)
{
	const size_t n = strlen(name);
	id_t uid, gid;
	char *at;

	if (strncmp(line, name, n) != 0 || line[n] != ':')
		return false;
	at = strchr(line + n + 1, ':'); /* behind the password */
	if (!at || !take_id(&at, &uid) || !take_id(&at, &gid))
		return false;
	ret->uid = uid;
	ret->gid = gid;
	return true;
}

/*
 * The start user is the machine's own, as a rule.  getpwnam finds him there
 * too, but looks for a cache of names first and reads nsswitch.conf: that
 * takes longer than all else that is done about him.  fgetpwent seeks in the
 * file, twice for each line.
 */
static bool is_in_file(const char *name, struct start_user *ret)
{
	char line[1024];
	bool found = false;
	FILE *file;

	file = fopen("/etc/passwd", "re");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = is_account(line, name, ret);
	(void)fclose(file);
	return found;
}

/* Is there such an account?  Looks at the machine's own file first. */
static bool find_account(const char *name, struct start_user *ret)
{
	const struct passwd *pw;

	if (is_in_file(name, ret))
		return true;
	errno = 0;
	pw = getpwnam(name);
	if (pw) {
		ret->uid = pw->pw_uid;
		ret->gid = pw->pw_gid;
		return true;
	}
	errno = errno ? errno : ENOENT;
	return false;
}

const char *privileges_find(const char *name, struct start_user *ret)
{
	*ret = (struct start_user){.from_root = geteuid() == 0};
	if (!ret->from_root || find_account(name, ret))
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
	const char *failed = NULL;

	if (geteuid() == 0 && user->uid == 0)
		keep |= ROOTS;
	else if (geteuid() == 0)
		failed = become(user->uid, user->gid);
	if (failed)
		return failed;
	if (capabilities_keep(keep) < 0)
		return "capset";
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? "PR_SET_DUMPABLE"
	                                              : NULL;
}

const char *privileges_drop(const char *mail_user, bool chroot)
{
	struct start_user owner;

	if (!mail_user || !find_account(mail_user, &owner) ||
	    !is_user(owner.uid))
		return NULL;
	return capabilities_keep(for_chroot(chroot)) < 0 ? "capset" : NULL;
}

/* A directory that only root may have prepared. */
static const char *change_root(const char *root)
{
	struct stat st;

	if (chroot(root) < 0)
		return "chroot";
	if (chdir("/") < 0 || stat(".", &st) < 0)
		return "chdir";
	errno = EPERM;
	if (st.st_uid != 0 || statefile_others_write(&st))
		return "others than root may write the --chroot directory";
	return NULL;
}

const char *privileges_switch(uid_t uid, gid_t gid, const char *root)
{
	const char *failed = NULL;

	errno = EPERM;
	if (uid == 0)
		return "root is no user with mail";
	if (gid == 0)
		return "the group root is no group for mail";
	if (root)
		failed = change_root(root);
	if (!failed && !is_user(uid))
		failed = become(uid, gid);
	if (failed)
		return failed;
	if (capabilities_keep(0) < 0)
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

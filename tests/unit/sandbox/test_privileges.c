/* SPDX-License-Identifier: ISC */
/* Wraps: getpwnam */
#include "support.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "sandbox/privileges.h"

/* A user and a group that the tests do not run as. */
#define OTHER 54321

struct outcome {
	char failed[64];
	int error;
	uid_t uids[3];
	gid_t gids[3], groups[8];
	int ngroups;
	int dumpable;
	bool root_again;
	char status[4096]; /* /proc's */
};

static void read_status(char *text, size_t size)
{
	ssize_t n;
	int fd;

	/* Not dumpable, but its own: a process may look at itself. */
	fd = open("/proc/thread-self/status", O_RDONLY);
	n = fd < 0 ? 0 : read(fd, text, size - 1);
	text[n > 0 ? n : 0] = '\0';
}

static void look(struct outcome *o)
{
	(void)getresuid(&o->uids[0], &o->uids[1], &o->uids[2]);
	(void)getresgid(&o->gids[0], &o->gids[1], &o->gids[2]);
	o->ngroups = getgroups(8, o->groups);
	o->dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	o->root_again = setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0 ||
	                setgroups(0, NULL) == 0;
	read_status(o->status, sizeof(o->status));
}

typedef void prepare_fn(void);

/* Switches in a child, which sends its state through a pipe. */
static struct outcome try(prepare_fn *prepare, uid_t uid, gid_t gid)
{
	static struct outcome o;
	const char *failed;
	int ends[2];
	pid_t child;

	o = (struct outcome){.error = -1};
	child = support_fork(ends);
	if (child == 0) {
		if (prepare)
			prepare();
		failed = privileges_switch(uid, gid, NULL);
		o.error = errno;
		if (failed)
			(void)snprintf(o.failed, sizeof(o.failed), "%s",
			               failed);
		look(&o);
		_exit(write(ends[1], &o, sizeof(o)) != sizeof(o));
	}
	assert_int_equal(close(ends[1]), 0);
	assert_int_equal(read(ends[0], &o, sizeof(o)), sizeof(o));
	assert_int_equal(close(ends[0]), 0);
	support_reap(child, 0);
	return o;
}

static void assert_is_other(const struct outcome *o)
{
	int i;

	assert_string_equal(o->failed, "");
	for (i = 0; i < 3; i++) {
		assert_int_equal(o->uids[i], OTHER);
		assert_int_equal(o->gids[i], OTHER);
	}
	assert_int_equal(o->ngroups, 0);
	assert_int_equal(o->dumpable, 0);
	assert_false(o->root_again);
	assert_non_null(strstr(o->status, "CapPrm:\t0000000000000000\n"));
	assert_non_null(strstr(o->status, "CapEff:\t0000000000000000\n"));
	assert_non_null(strstr(o->status, "CapInh:\t0000000000000000\n"));
}

/* Only root can become another user; any other process must not go on. */
static void the_user_is_changed_for_good_or_not_at_all(void **state)
{
	struct outcome o;

	(void)state;
	o = try(NULL, OTHER, OTHER);
	if (geteuid() == 0) {
		assert_is_other(&o);
		return;
	}
	assert_string_equal(o.failed, "setgroups");
	assert_int_equal(o.error, EPERM);
}

/* A child of inetd may have many groups. */
static void join_groups(void)
{
	static const gid_t groups[] = {0, 8, 42};

	(void)setgroups(LENGTH(groups), groups);
}

static void groups_from_before_are_gone(void **state)
{
	struct outcome o;

	(void)state;
	o = try(join_groups, OTHER, OTHER);
	if (geteuid() == 0)
		assert_is_other(&o);
	else
		assert_string_equal(o.failed, "setgroups");
}

/* A start user with capabilities, as a unit's AmbientCapabilities= makes. */
static void keep_capabilities(void)
{
	(void)prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
}

static void capabilities_are_not_carried_over(void **state)
{
	struct outcome o;

	(void)state;
	o = try(keep_capabilities, OTHER, OTHER);
	if (geteuid() == 0)
		assert_is_other(&o);
	else
		assert_string_equal(o.failed, "setgroups");
}

static void root_is_refused(void **state)
{
	struct outcome o;

	(void)state;
	o = try(NULL, 0, OTHER);
	assert_string_equal(o.failed, "root has no mail here");
	assert_int_equal(o.error, EPERM);
	o = try(NULL, OTHER, 0);
	assert_string_equal(o.failed,
	                    "users of the group root have no mail here");
	assert_int_equal(o.error, EPERM);
}

/* Becomes that user, as if the process had started without privileges. */
static void be_other(void)
{
	if (geteuid() == 0 &&
	    (setgroups(0, NULL) < 0 || setresgid(OTHER, OTHER, OTHER) < 0 ||
	     setresuid(OTHER, OTHER, OTHER) < 0))
		_exit(9);
}

static void a_process_without_privileges_stays_who_it_is(void **state)
{
	struct outcome o;
	uid_t uid;

	(void)state;
	uid = geteuid() == 0 ? OTHER : geteuid();
	o = try(be_other, uid, OTHER);
	assert_string_equal(o.failed, "");
	assert_int_equal(o.uids[0], uid);
	assert_false(o.root_again);
	assert_int_equal(o.dumpable, 0);
}

static void a_process_without_privileges_becomes_nobody_else(void **state)
{
	struct outcome o;

	(void)state;
	o = try(be_other, OTHER + 1, OTHER);
	assert_string_equal(o.failed, "setgroups");
	assert_int_equal(o.error, EPERM);
}

/* Real and effective id are the user's, but the saved one is root's. */
static void hide_root(void)
{
	if (setresuid(OTHER, OTHER, geteuid()) < 0)
		_exit(9);
}

static void root_in_the_saved_id_is_no_such_user(void **state)
{
	struct outcome o;

	(void)state;
	if (geteuid() != 0) { /* then there is no root to hide */
		o = try(NULL, OTHER, OTHER);
		assert_string_not_equal(o.failed, "");
		return;
	}
	o = try(hide_root, OTHER, OTHER);
	assert_string_equal(o.failed, "setgroups");
}

struct passwd *__wrap_getpwnam(const char *name);

static const char *accounts; /* the name of the only one, or NULL */
static int asked;

struct passwd *__wrap_getpwnam(const char *name)
{
	static struct passwd other = {.pw_uid = OTHER, .pw_gid = OTHER + 1};

	asked++;
	return accounts && strcmp(name, accounts) == 0 ? &other : NULL;
}

/* Only root looks for the start user. */
static void the_start_users_account_is_asked_for_once(void **state)
{
	const bool root = geteuid() == 0;
	struct start_user user;

	(void)state;
	accounts = "start";
	asked = 0;
	assert_null(privileges_find("start", &user));
	assert_int_equal(user.uid, root ? OTHER : 0);
	assert_int_equal(user.gid, root ? OTHER + 1 : 0);
	assert_false(user.missing);
	assert_int_equal(user.from_root, geteuid() == 0);
	assert_int_equal(asked, root);
}

static void only_the_usual_account_may_be_missing(void **state)
{
	const bool root = geteuid() == 0;
	const char *failed;
	struct start_user user;

	(void)state;
	accounts = NULL;
	assert_null(privileges_find(PRIVILEGES_START_USER, &user));
	assert_int_equal(user.uid, 0);
	assert_int_equal(user.missing, root);
	failed = privileges_find("start", &user);
	if (!root) {
		assert_null(failed);
		return;
	}
	assert_string_equal(failed, "no account for --start-user");
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_user_is_changed_for_good_or_not_at_all),
		cmocka_unit_test(groups_from_before_are_gone),
		cmocka_unit_test(capabilities_are_not_carried_over),
		cmocka_unit_test(root_is_refused),
		cmocka_unit_test(a_process_without_privileges_stays_who_it_is),
		cmocka_unit_test(
			a_process_without_privileges_becomes_nobody_else),
		cmocka_unit_test(root_in_the_saved_id_is_no_such_user),
		cmocka_unit_test(the_start_users_account_is_asked_for_once),
		cmocka_unit_test(only_the_usual_account_may_be_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

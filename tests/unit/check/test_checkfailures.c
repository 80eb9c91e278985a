/* SPDX-License-Identifier: ISC */
#include "checked.h"

#include "check/checkfailures.h"

static char tally[96]; /* what the service is said to have */

static void look_at(struct report *r)
{
	checkfailures_counting(r, &o, tally);
}

/* Starts with a failure directory, and a service that counts. */
static int set_up_counting(void **state)
{
	char text[1024], command[128], dir[96];

	(void)snprintf(command, sizeof(command), "rm -rf %s", run_dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(set_up(state), 0);
	assert_int_equal(mkdir(run_dir, 0700), 0);
	(void)snprintf(dir, sizeof(dir), "%s/failures", run_dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	(void)snprintf(tally, sizeof(tally), "%s/faillock", run_dir);
	(void)snprintf(text, sizeof(text),
	               "auth [default=ignore] pam_faillock.so authfail "
	               "dir=%s\nauth required pam_deny.so\n"
	               "account required pam_deny.so\n",
	               tally);
	make_service("onepop", text);
	return 0;
}

static void a_tally_that_counts_is_left_as_it_was(void **state)
{
	char path[128];
	int i;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/nobody", tally);
	for (i = 0; i < 5; i++) {
		assert_fine();
		assert_said("ok      guessing: pam_faillock counts in /tmp/");
		assert_int_equal(access(path, F_OK), -1);
	}
	assert_said("ok      guessing: wrong passwords are known again in ");
	assert_int_equal(counted.warnings, 0);
	o.remember_failures = 0;
	assert_fine();
	assert_said("ok      guessing: --remember-failures no: ");
	o.remember_failures = 1;
}

/* pam_faillock says so to nobody. */
static void a_tally_that_does_not_count_is_a_problem(void **state)
{
	(void)state;
	make_service("onepop", "auth required pam_deny.so\n"
	                       "account required pam_deny.so\n");
	assert_problem("guessing: pam_faillock does not count in /tmp/");
}

static void a_tally_of_another_user_is_a_problem(void **state)
{
	char path[128];

	(void)state;
	assert_int_equal(mkdir(tally, 0755), 0);
	make_file(tally, "alice", "", 0);
	assert_fine();
	(void)snprintf(path, sizeof(path), "%s/alice", tally);
	/* Only root can give a file away. */
	if (geteuid() == 0) {
		assert_int_equal(chown(tally, uid, gid), 0);
		assert_problem("/faillock/alice belongs to another user");
		assert_int_equal(chown(path, uid, gid), 0);
		assert_fine();
	}
}

static void a_service_that_counts_nothing_is_a_warning(void **state)
{
	(void)state;
	tally[0] = '\0';
	assert_fine();
	assert_said("warning guessing: service onepop has no pam_faillock");
}

static void a_service_that_takes_any_password_is_a_problem(void **state)
{
	(void)state;
	make_service("onepop", "auth required pam_permit.so\n"
	                       "account required pam_permit.so\n"
	                       "session required pam_permit.so\n");
	assert_problem("lets nobody in with a password that was made up");
}

static void a_directory_that_is_not_only_ours_is_said(void **state)
{
	char dir[96];

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s/failures", run_dir);
	assert_int_equal(chmod(dir, 0750), 0);
	assert_problem("/failures is not a directory of mode 0700");
	assert_int_equal(chmod(dir, 0700), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(dir, uid, gid), 0);
		assert_problem("/failures belongs to uid ");
	}
	assert_int_equal(rmdir(dir), 0);
	assert_fine();
	assert_said("warning guessing: /tmp/");
	assert_said("a wrong password counts each time it comes");
	assert_int_equal(symlink("/tmp", dir), 0);
	assert_problem("/failures is not a directory of mode 0700");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_tally_that_counts_is_left_as_it_was,
	                               set_up_counting),
		cmocka_unit_test_setup(a_tally_that_does_not_count_is_a_problem,
	                               set_up_counting),
		cmocka_unit_test_setup(a_tally_of_another_user_is_a_problem,
	                               set_up_counting),
		cmocka_unit_test_setup(
			a_service_that_counts_nothing_is_a_warning,
			set_up_counting),
		cmocka_unit_test_setup(
			a_service_that_takes_any_password_is_a_problem,
			set_up_counting),
		cmocka_unit_test_setup(
			a_directory_that_is_not_only_ours_is_said,
			set_up_counting),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}

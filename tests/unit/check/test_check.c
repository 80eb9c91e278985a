/* SPDX-License-Identifier: ISC */
/* Wraps: deadline_in */
#include "checked.h"

#include "check/check.h"

static void look_at(struct report *r)
{
	(void)r;
	failed = check_all(&o, argument) == CHECK_PROBLEM;
}

static void assert_one_problem(const char *part)
{
	assert_problem(part);
	assert_true(failed);
	assert_said("\nproblems: 1,");
}

static void a_good_set_up_has_no_problems(void **state)
{
	(void)state;
	assert_fine();
	assert_said("ok      PAM: service onepop names 3 modules\n");
	assert_said("ok      program: onepop-pam.so can be loaded\n");
	assert_said("ok      mailboxes: ");
	assert_said("ok      state: ");
	assert_said("problems: 0,");
}

static void options_that_are_not_as_by_default_are_said(void **state)
{
	(void)state;
	o.max_failures = 7;
	o.mail_user = user;
	o.network_mailbox = 1;
	assert_fine();
	assert_said("ok      option: network-mailbox allow (default: refuse)");
	assert_said("ok      option: max-failures 7 (default: 3)\n");
	assert_said("ok      option: mail-user ");
	assert_not_said("option: idle-timeout");
	assert_not_said("option: pam-service");
}

static void an_options_file_that_others_may_write_is_a_problem(void **state)
{
	(void)state;
	make_file(top, "conf", "", 0);
	o.config = said_file;
	assert_fine(); /* 0600 */
	assert_said("ok      options: ");
	(void)chmod(said_file, 0666);
	assert_one_problem("options: others may write");
	assert_said("; fix: chmod go-w /tmp/onepop-check-");
	(void)chmod(said_file, 0600);
	if (geteuid() == 0) {
		assert_int_equal(chown(said_file, uid, gid), 0);
		assert_one_problem("may write");
		assert_int_equal(chown(said_file, 0, 0), 0);
	}
}

static void the_chroot_directory_must_be_roots(void **state)
{
	struct stat st;

	(void)state;
	o.chroot = "/nonexistent";
	assert_one_problem("chroot: /nonexistent: No such file");
	o.chroot = "/etc/passwd";
	assert_one_problem("chroot: /etc/passwd is not a directory");
	o.chroot = "/tmp"; /* where anybody may write */
	assert_one_problem("chroot: others than root may write /tmp");
	o.chroot = "/etc";
	assert_int_equal(stat(o.chroot, &st), 0);
	assert_int_equal(st.st_uid, 0);
	assert_fine();
	assert_said("ok      chroot: /etc\n");
	o.chroot = NULL;
}

static void the_account_of_all_sessions_must_be_a_plain_one(void **state)
{
	(void)state;
	o.mail_user = "root";
	assert_one_problem("mail user: root is root");
	o.mail_user = "no-such-account";
	assert_one_problem(
		"mail user: no account no-such-account; fix: useradd "
		"--system no-such-account\n");
	o.mail_user = user;
	assert_fine();
	assert_said("ok      mail user: ");
}

/* No unit's StateDirectory= makes it. */
static void a_state_directory_that_is_not_there_is_a_problem(void **state)
{
	(void)state;
	o.state_dir = "/nonexistent/state";
	assert_one_problem("state: /nonexistent/state: No such file");
}

static void with_a_user_that_mailbox_is_looked_at_too(void **state)
{
	(void)state;
	(void)unlink(mailbox);
	assert_fine();
	assert_not_said("user: ");
	argument = user;
	assert_fine();
	assert_said("\nok      user: ");
	assert_said("\nok      mailbox: no file, so no messages\n");
	assert_said("\nproblems: 0,");
}

deadline_t __wrap_deadline_in(int seconds);

static bool impatient;

deadline_t __wrap_deadline_in(int seconds)
{
	return deadline_now() + (impatient ? 1000 : seconds * 1000LL);
}

/* As where a file system does not answer: only its end is heard. */
static void block_signals(void)
{
	sigset_t all;

	assert_int_equal(sigfillset(&all), 0);
	assert_int_equal(sigprocmask(SIG_SETMASK, &all, NULL), 0);
}

/* The service is a FIFO that nobody writes. */
static void what_never_answers_is_given_up(void **state)
{
	char path[128], out[4096];
	int ends[2];
	pid_t child;
	ssize_t n;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/onepop", confdir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	child = support_fork(ends);
	if (child == 0) {
		impatient = true;
		block_signals();
		(void)dup2(ends[1], STDOUT_FILENO);
		_exit(check_all(&o, argument));
	}
	support_reap(child, CHECK_PROBLEM);
	n = read(ends[0], out, sizeof(out) - 1);
	out[n > 0 ? n : 0] = '\0';
	assert_non_null(strstr(out, "problem PAM: no answer"));
	assert_int_equal(unlink(path), 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_good_set_up_has_no_problems, set_up),
		cmocka_unit_test_setup(
			options_that_are_not_as_by_default_are_said, set_up),
		cmocka_unit_test_setup(
			an_options_file_that_others_may_write_is_a_problem,
			set_up),
		cmocka_unit_test_setup(the_chroot_directory_must_be_roots,
	                               set_up),
		cmocka_unit_test_setup(
			the_account_of_all_sessions_must_be_a_plain_one,
			set_up),
		cmocka_unit_test_setup(
			a_state_directory_that_is_not_there_is_a_problem,
			set_up),
		cmocka_unit_test_setup(
			with_a_user_that_mailbox_is_looked_at_too, set_up),
		cmocka_unit_test_setup(what_never_answers_is_given_up, set_up),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}

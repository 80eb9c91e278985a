/* SPDX-License-Identifier: ISC */
/* Wraps: fopen */
#include "checked.h"

#include <grp.h>

#include "check/checkspool.h"

static void look_at(struct report *r)
{
	checkspool_mailboxes(r, &o);
}

/* All that a test has made in the spool. */
static int clean(void **state)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf %s/*", spool);
	assert_int_equal(system(command), 0);
	return set_up(state);
}

static void wrong_mailbox_directories_are_problems(void **state)
{
	char file[128];

	(void)state;
	o.mailbox = "/nonexistent/%u";
	assert_problem("mailboxes: /nonexistent: No such file");
	make_file(top, "file", "", 0);
	(void)snprintf(file, sizeof(file), "%s/file/%%u", top);
	o.mailbox = file;
	assert_problem("/file is not a directory");
	o.mailbox = "%h/mbox";
	o.home_dirs = "/";
	assert_fine();
	assert_said("ok      mailboxes: %h/mbox\n");
	o.home_dirs = "/nonexistent";
	assert_problem("mailboxes: /nonexistent is not a directory");
}

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);

static const char *accounts; /* what is in /etc/passwd's place, if anything */

FILE *__wrap_fopen(const char *path, const char *mode)
{
	return __real_fopen(
		accounts && strcmp(path, "/etc/passwd") == 0 ? accounts : path,
		mode);
}

static void homes_outside_of_the_list_are_said(void **state)
{
	char path[128], lines[2048] = "root:x:0:0::/root:/bin/sh\n"
				      "in:x:1000:1000::/tmp/in:/bin/sh\n";
	int i;

	(void)state;
	for (i = 10; i < 22; i++)
		(void)sprintf(lines + strlen(lines),
		              "out%d:x:10%d:1::/srv/out%d:/bin/sh\n", i, i, i);
	make_file(top, "passwd", lines, strlen(lines));
	(void)snprintf(path, sizeof(path), "%s/passwd", top);
	accounts = path;
	o.mailbox = "%h/mbox";
	o.home_dirs = "/usr,/tmp";
	assert_fine();
	assert_said("warning mailboxes: out10 cannot log in: the home "
	            "/srv/out10 is outside of --home-dirs /usr,/tmp");
	assert_said("mailboxes: out19 cannot log in");
	assert_said("mailboxes: nor can 2 more users");
	assert_not_said("out20");
	assert_not_said("/tmp/in");
	assert_not_said("/root");
	o.mailbox = "%h/%d/%n";
	o.mail_user = user;
	assert_problem("mailboxes: nobody can log in: ");
	o.home_dirs = getpwnam(user)->pw_dir;
	(void)look();
	assert_not_said("nobody can log in");
	accounts = NULL;
}

static void a_mailbox_directory_must_be_one_users_can_search(void **state)
{
	static const struct {
		mode_t mode;
		bool fine;
		const char *said;
	} cases[] = {
		{0700, false, "users cannot search"},
		{0777, true, "warning mailboxes: anyone may remove"},
		{01777, true, "ok      mailboxes: "},
		{0711, true, "ok      mailboxes: "},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(chmod(spool, cases[i].mode), 0);
		assert_int_equal(look(), cases[i].fine);
		assert_said(cases[i].said);
	}
	/* The account of all sessions may, as its owner or its group. */
	o.mail_user = user;
	assert_int_equal(chown(spool, uid, gid), 0);
	assert_int_equal(chmod(spool, 0700), 0);
	assert_fine();
	assert_int_equal(chown(spool, geteuid(), gid), 0);
	assert_int_equal(chmod(spool, 0710), 0);
	assert_fine();
	assert_int_equal(chmod(spool, 0755), 0);
}

/* A mailbox of that mode and group. */
static void make_one(const char *name, mode_t mode, gid_t group)
{
	char path[256];

	make_file(spool, name, "", 0);
	(void)snprintf(path, sizeof(path), "%s/%s", spool, name);
	assert_int_equal(chown(path, uid, group), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void who_else_may_write_a_mailbox_is_said(void **state)
{
	const struct group *gr = getgrnam("mail");

	(void)state;
	make_one("alice", 0600, gid);
	assert_fine();
	assert_int_equal(counted.warnings, 0);
	make_one("alice", 0666, gid);
	assert_problem("/mail/alice: anyone may write it");
	assert_said("; fix: chmod 0600 /tmp/");
	if (geteuid() != 0 || !gr)
		return; /* only root gives files to other groups */
	make_one("alice", 0660, gr->gr_gid);
	assert_fine();
	assert_int_equal(counted.warnings, 0);
	make_one("alice", 0660, 1);
	assert_fine();
	assert_int_equal(counted.warnings, 1);
	assert_said("/mail/alice: a group may write it, and not the group "
	            "mail; fix: chmod g-w /tmp/");
}

static void make_below(const char *directory, const char *file)
{
	char command[512];

	(void)snprintf(command, sizeof(command),
	               "mkdir -p %s/%s && echo mail >%s/%s/%s", spool,
	               directory, spool, directory, file);
	assert_int_equal(system(command), 0);
}

static void mail_in_another_form_is_a_problem(void **state)
{
	char command[512];

	(void)state;
	make_below("alice/new", ".hidden");
	make_below("bob/cur", "1:2,S");
	assert_problem("/mail/bob: it is a Maildir, which is not served");
	assert_int_equal(clean(state), 0);
	make_below("a", "alice");
	assert_problem("/mail/a: mail lies below it: a spool of directories");
	assert_int_equal(clean(state), 0);
	(void)snprintf(command, sizeof(command), "mkdir %s/a %s/lists", spool,
	               spool);
	assert_int_equal(system(command), 0);
	make_below("lists", "one");
	assert_fine();
	/* Nor where the pattern has those directories. */
	make_below("a", "alice");
	(void)snprintf(command, sizeof(command), "%s/%%1u/%%u", spool);
	o.mailbox = command;
	assert_fine();
	assert_int_equal(counted.warnings, 0);
	o.mailbox = pattern;
	/* Only where all mailboxes are files in the one directory. */
	make_below("bob/cur", "1:2,S");
	(void)snprintf(command, sizeof(command), "%s/%%d/%%n", spool);
	o.mailbox = command;
	assert_fine();
	assert_int_equal(counted.warnings, 0);
}

static void of_many_the_first_are_named(void **state)
{
	char name[32];
	int i;

	(void)state;
	for (i = 0; i < 15; i++) {
		(void)snprintf(name, sizeof(name), "user%d", i);
		make_one(name, 0666, gid);
	}
	(void)look();
	assert_int_equal(counted.problems, 11);
	assert_said("mailboxes: and 5 more in ");
}

static void names_that_share_a_mailbox_are_said(void **state)
{
	static const struct {
		const char *mailbox, *said;
	} cases[] = {
		{"/tmp/%n", "warning mailboxes: users of the same name in two "
	                    "domains share /tmp/%n; fix: set mailbox, with %d"},
		{"%h/%n/mbox", "warning mailboxes: users of the same name in"},
		{"%h/mbox", "problem mailboxes: all users share %h/mbox"},
		{"/tmp/%d", "problem mailboxes: all users share /tmp/%d"},
		{"/tmp/%d/%n", NULL},
		{"/tmp/%u", NULL},
		{"/tmp/%Ld/%Ln", NULL},
		{"/tmp/%1u/%Lu", NULL},
		{"/tmp/%Ln",
	         "warning mailboxes: users of the same name in two"},
		{"/tmp/%1u%2u", "problem mailboxes: all users share /tmp/%1u"},
		{"/tmp/%%u", "problem mailboxes: all users share /tmp/%%u"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		o.mailbox = cases[i].mailbox;
		o.mail_user = NULL;
		(void)look();
		assert_not_said(" share ");
		o.mail_user = user;
		(void)look();
		if (cases[i].said)
			assert_said(cases[i].said);
		else
			assert_not_said(" share ");
	}
}

static void an_account_without_a_domain_is_said(void **state)
{
	static const struct {
		const char *account, *mailbox;
		bool mailboxes, apart; /* they have one, and are apart */
	} cases[] = {
		{"%u", "/tmp/%d/%n", true, true},
		{"%Lu", "/tmp/%d/%n", true, true},
		{"%Ln", "/tmp/%u", true, false},
		{"%n", "/tmp/%d/%n", false, false},
		{"%n@%Ld", "/tmp/%d/%n", true, true},
		{"%n+%d", "/tmp/%u", true, true},
		{"%n@one", "/tmp/%d/%n", true, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		o.account = cases[i].account;
		o.mailbox = cases[i].mailbox;
		o.mail_user = NULL;
		(void)look();
		if (cases[i].mailboxes)
			assert_not_said("and then has no mailbox");
		else
			assert_said("problem mailboxes: user@example.org is "
			            "user to --account %n, and then has no "
			            "mailbox /tmp/%d/%n: the name has no part");
		assert_not_said("are one user");
		o.mail_user = user;
		(void)look();
		if (cases[i].apart)
			assert_not_said("are one user");
		else
			assert_said("warning mailboxes: users of the same name "
			            "in two domains are one user to --account");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(wrong_mailbox_directories_are_problems,
	                               clean),
		cmocka_unit_test_setup(homes_outside_of_the_list_are_said,
	                               clean),
		cmocka_unit_test_setup(
			a_mailbox_directory_must_be_one_users_can_search,
			clean),
		cmocka_unit_test_setup(who_else_may_write_a_mailbox_is_said,
	                               clean),
		cmocka_unit_test_setup(mail_in_another_form_is_a_problem,
	                               clean),
		cmocka_unit_test_setup(of_many_the_first_are_named, clean),
		cmocka_unit_test_setup(an_account_without_a_domain_is_said,
	                               clean),
		cmocka_unit_test_setup(names_that_share_a_mailbox_are_said,
	                               clean),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}

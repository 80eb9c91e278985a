/* SPDX-License-Identifier: ISC */
#include "checked.h"

#include "check/checkelsewhere.h"

static char home[80];
static const char *name = "alice";

static void look_at(struct report *r)
{
	checkelsewhere_places(r, name, home, mailbox);
}

static int begin(void **state)
{
	char command[512];

	(void)state;
	name = "alice";
	(void)snprintf(home, sizeof(home), "%s/home", top);
	(void)snprintf(mailbox, sizeof(mailbox), "%s/alice", spool);
	(void)snprintf(command, sizeof(command), "rm -rf %s %s/*; mkdir %s",
	               home, spool, home);
	return system(command);
}

static void make_mail(const char *directory, const char *file)
{
	char command[1024];

	(void)snprintf(command, sizeof(command),
	               "mkdir -p %s && echo mail >%s/%s", directory, directory,
	               file);
	assert_int_equal(system(command), 0);
}

static void mail_may_lie_nowhere(void **state)
{
	char path[128];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/Maildir/tmp", home);
	make_mail(path, "unfinished");
	make_file(home, "Mailbox", "", 0);
	assert_fine();
	assert_string_equal(said, "");
}

static void places_of_other_programs_are_named(void **state)
{
	static const struct {
		bool below_home;
		const char *directory, *file, *said;
	} cases[] = {
		{true, "Maildir/new", "1",
	         "/home/Maildir, which is a Maildir;"},
		{true, "Maildir/cur", "1:2,S", "/home/Maildir, which is a "},
		{true, ".maildir/new", "1", "/home/.maildir, which is a "},
		{true, "mail/new", "1", "/home/mail, which is a Maildir"},
		{true, "", "mail", "but 5 octets in /tmp/"},
		{true, "", "Mailbox", "/home/Mailbox; fix: set mailbox in"},
		{false, "a", "alice", "/mail/a/alice; fix: set mailbox in"},
		{false, "a/l", "alice", "/mail/a/l/alice; fix: set mailbox"},
		{false, "a/alice/new", "1", "/mail/a/alice, which is a "},
		{false, "alice/new", "1", "/mail/alice, which is a Maildir"},
	};
	char path[256];
	size_t i;

	for (i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(begin(state), 0);
		(void)snprintf(path, sizeof(path), "%s/%s",
		               cases[i].below_home ? home : spool,
		               cases[i].directory);
		make_mail(path, cases[i].file);
		assert_fine();
		assert_int_equal(counted.warnings, 1);
		assert_said("warning mailbox: there are no messages in /tmp/");
		assert_said(cases[i].said);
	}
}

/* A letter is a name, too. */
static void a_place_with_two_names_is_named_once(void **state)
{
	char path[256], link[256];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/Maildir/new", home);
	make_mail(path, "1");
	(void)snprintf(path, sizeof(path), "%s/Maildir", home);
	(void)snprintf(link, sizeof(link), "%s/mail", home);
	assert_int_equal(symlink(path, link), 0);
	assert_fine();
	assert_int_equal(counted.warnings, 1);
	name = "a";
	assert_fine();
	assert_int_equal(counted.warnings, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(mail_may_lie_nowhere, begin),
		cmocka_unit_test_setup(places_of_other_programs_are_named,
	                               begin),
		cmocka_unit_test_setup(a_place_with_two_names_is_named_once,
	                               begin),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}

/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "admin/mailbox.h"

static int of_state(const char *pattern, const char *state, char *path)
{
	return mailbox_path(pattern, state, strlen(state), path);
}

static void assert_folded(const char *pattern, const char *path,
                          const char *wanted)
{
	char name[USERNAME_OCTETS + 1];

	assert_int_equal(mailbox_user(pattern, path, name), 1);
	assert_string_equal(name, wanted);
}

static void assert_user(const char *pattern, const char *path,
                        const char *wanted)
{
	char name[USERNAME_OCTETS + 1];
	int found;

	found = mailbox_user(pattern, path, name);
	if (!wanted) {
		assert_int_equal(found, -1);
		return;
	}
	assert_int_equal(found, 0);
	assert_string_equal(name, wanted);
}

static void a_path_tells_whose_it_is(void **state)
{
	char path[USERNAME_OCTETS + 3] = "/";

	(void)state;
	assert_user("/var/mail/%u", "/var/mail/bob", "bob");
	assert_user("/var/mail/%u", "/var/mail/bob@b.org", "bob@b.org");
	assert_user("/var/mail/%u", "/var/mail/", NULL);
	assert_user("/var/mail/%u", "/var/mail/bob/mbox", "bob/mbox");
	assert_user("/var/mail/%u", "/var/spool/bob", NULL);
	assert_user("/var/mail/%u.mbox", "/var/mail/bob", NULL);
	assert_user("/home/%u/mbox", "/home/bob/mbox", "bob");
	assert_user("/home/%u/mbox", "/home/bob/mbox2", NULL);
	assert_user("/100%%/%u", "/100%/bob", "bob");
	assert_user("/mail/%d/%n", "/mail/b.org/bob", "bob@b.org");
	assert_user("/mail/%n/%d/x", "/mail/bob/b.org/x", "bob@b.org");
	assert_user("/mail/%n", "/mail/bob", "bob");
	assert_user("/mail/%d", "/mail/b.org", NULL);
	assert_user("%h/mbox", "/home/bob/mbox", NULL);
	assert_user("%h/%u", "/home/bob/bob", NULL);
	assert_user("/m/%1u/%1u%2u/%u", "/m/a/al/alice", "alice");
	assert_user("/m/%1u/%1u%2u/%u", "/m/a/al/Alice", "Alice");
	assert_user("/m/%1u/%1u%2u/%u", "/m/a/a/a", "a");
	assert_user("/m/%1u/%2u/%u", "/m/a/@/a@b.org", "a@b.org");
	assert_user("/m/%1u/%u", "/m/al/alice", NULL);
	assert_user("/m/%1u/%u", "/m/a/", NULL);
	assert_user("/m/%1u/%u", "/m/a", NULL);
	assert_user("/m/%d/%1u/%n", "/m/b.org/a/alice", "alice@b.org");
	assert_user("/m/%u%1u", "/m/bobb", "bobb"); /* it cannot know */
	assert_user("/m/%1u%2u", "/m/al", NULL);
	assert_user("/m/%u/%Lu", "/m/Alice/alice", "Alice");
	assert_user("/m/%Lu/%u", "/m/alice/Alice", "Alice");
	assert_folded("/m/%Lu", "/m/alice", "alice");
	assert_folded("/m/%Ld/%Ln", "/m/b.org/bob", "bob@b.org");
	assert_folded("/m/%d/%Ln", "/m/B.org/bob", "bob@B.org");
	assert_folded("/m/%Ld/%n", "/m/b.org/Bob", "Bob@b.org");
	assert_user("/m/%x", "/m/bob", NULL);
	memset(path + 1, 'a', USERNAME_OCTETS);
	assert_user("/%u", path, path + 1);
	path[USERNAME_OCTETS + 1] = 'a';
	assert_user("/%u", path, NULL);
}

static void a_state_s_name_is_of_the_pattern_or_of_none(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_int_equal(of_state("/var/mail/%u", "var-mail-bob", path), 0);
	assert_int_equal(of_state("/var/mail/%u", "var-mailbox-bob", path), -1);
	assert_int_equal(of_state("/var/mail/%u", "etc-mail-bob", path), -1);
	assert_int_equal(of_state("/var/mail/%u", "var-mail", path), -1);
	assert_int_equal(of_state("/m/%u", "m-..-etc-passwd", path), -1);
	assert_int_equal(of_state("/m/%u", "m--bob", path), -1);
	assert_int_equal(mailbox_path("/m/%u", "m-bob.journal", 5, path), 0);
	assert_string_equal(path, "/m/bob");
}

static void a_state_s_name_may_be_too_long(void **state)
{
	char path[PATH_MAX], name[PATH_MAX + 1];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[PATH_MAX] = '\0';
	assert_int_equal(of_state("/%u", name, path), -1);
	name[PATH_MAX - 2] = '\0';
	assert_int_equal(of_state("/%u", name, path), 0);
	assert_int_equal(strlen(path), PATH_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_state_s_name_is_of_the_pattern_or_of_none),
		cmocka_unit_test(a_state_s_name_may_be_too_long),
		cmocka_unit_test(a_path_tells_whose_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

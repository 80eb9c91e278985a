/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "config/username.h"

static const char *const users[] = {
	"a",
	"alice",
	"Alice_B",
	"alice@example.org",
	"a.b",
	"a-b",
	"a+tag",
	"a%b",
	"0",
	"_x",
	"+x",
	"@example.org",
	"a@b@c",
	"a..b",
	"aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffffgggggggghhhhhhhh",
};

static const char *const no_users[] = {
	"",
	"-a",
	".",
	"..",
	".a",
	"a/b",
	"/",
	"a b",
	" a",
	"a ",
	"a\n",
	"a\"b",
	"a'b",
	"a\\b",
	"a:b",
	"a\tb",
	"a\177",
	"a\303\244",
	"a;b",
	"$a",
	"a*",
	"a=b",
	"a,b",
	"a!b",
	"#a",
	"a\200",
	"aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffffgggggggghhhhhhhhi",
};

static void a_login_name_has_few_characters(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(users); i++)
		if (!username_is_valid(users[i]))
			fail_msg("refused: %s", users[i]);
	for (i = 0; i < LENGTH(no_users); i++)
		if (username_is_valid(no_users[i]))
			fail_msg("taken: %s", no_users[i]);
}

static const struct {
	const char *pattern, *login, *account; /* NULL: none */
} fillings[] = {
	{"%u", "alice", "alice"},
	{"%u", "Alice@B.Org", "Alice@B.Org"},
	{"%n", "alice@example.org", "alice"},
	{"%n", "alice", "alice"},
	{"%n", "ALICE@x", "ALICE"},
	{"%n", "a@b@c", "a"},
	{"%Ln", "ALICE@Example.ORG", "alice"},
	{"%Lu", "ALICE@Example.ORG", "alice@example.org"},
	{"%n@%Ld", "Alice@Example.ORG", "Alice@example.org"},
	{"%n+%d", "a@b", "a+b"},
	{"mail-%n", "a@b", "mail-a"},
	{"%n%%x", "a@b", "a%x"},
	{"%n@example.org", "a", "a@example.org"},
	/* None */
	{"%n", "@example.org", NULL},
	{"%Ln", "@example.org", NULL},
	{"%n@%d", "alice", NULL},
	{"%d-%n", "alice@", NULL},
	{"%d%n", "alice@-x", NULL},
	{"%d%n", "alice@.x", NULL},
	{"%n", "", NULL},
	{"%n", "-a@b", NULL},
	{"%n", ".a@b", NULL},
	{"x%n", "-a@b", NULL},
	{"%n", "../a@b", NULL},
	{"%n", "a/../b@c", NULL},
	{"%n", "a b@c", NULL},
	{"%n", "alice@b c", NULL},
	{"%n", "alice@\n", NULL},
};

static void an_account_s_name_is_made_of_the_login_name(void **state)
{
	char name[USERNAME_OCTETS + 1];
	size_t i;
	bool made;

	(void)state;
	for (i = 0; i < LENGTH(fillings); i++) {
		assert_null(username_pattern_problem(fillings[i].pattern));
		memset(name, 'x', sizeof(name));
		made = username_fill(name, fillings[i].pattern,
		                     fillings[i].login);
		if (made != !!fillings[i].account)
			fail_msg("%s of %s", fillings[i].pattern,
			         fillings[i].login);
		assert_string_equal(name, made ? fillings[i].account : "");
	}
}

static void an_account_s_name_may_be_too_long(void **state)
{
	char login[USERNAME_OCTETS + 2], name[USERNAME_OCTETS + 1];

	(void)state;
	memset(login, 'a', sizeof(login));
	login[USERNAME_OCTETS] = '\0';
	assert_true(username_fill(name, "%u", login));
	assert_string_equal(name, login);
	assert_false(username_fill(name, "%ux", login));
	assert_string_equal(name, "");
	assert_false(username_fill(name, "%u%u%u", login));
	login[USERNAME_OCTETS - 1] = '@';
	assert_true(username_fill(name, "%nxx", login) == false);
	assert_true(username_fill(name, "%nx", login));
}

static void a_pattern_makes_names_of_users_or_is_none(void **state)
{
	static const char *const none[] =
		{
			"",           "alice", "%d",    "%%",   "%",   "%x",
			"%h",         "%n%h",  "%Lh",   "%1u",  "%2u", "%u%1u",
			"%L",         "%n%",   "%LLu",  "%U",   "-%u", ".%u",
			"%n/",        "%n %d", "%n:%d", "%n\n", "%Ld", "/%u",
			"%u%u%u%u%u", /* 80 octets of user@example.org */
		};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(none); i++)
		if (!username_pattern_problem(none[i]))
			fail_msg("taken: %s", none[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_name_has_few_characters),
		cmocka_unit_test(an_account_s_name_is_made_of_the_login_name),
		cmocka_unit_test(an_account_s_name_may_be_too_long),
		cmocka_unit_test(a_pattern_makes_names_of_users_or_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_name_has_few_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "net/dn.h"

static void a_value_is_found(void **state)
{
	static const struct {
		const char *dn, *key, *value;
	} cases[] = {
		/* stunnel 5.68 */
		{"C=DE, O=Example, CN=alice, emailAddress=alice@example.org",
	         "CN", "alice"},
		{"C=DE, O=Example, CN=alice, emailAddress=alice@example.org",
	         "emailAddress", "alice@example.org"},
		{"CN=alice", "CN", "alice"},
		{"CN=\"a+b\", O=x", "CN", "a+b"},
		{"CN=\"a \\\"b\\\" \\\\c\"", "CN", "a \"b\" \\c"},
		{"CN=alice + emailAddress=a@b", "CN", "alice"},
		{"CN=alice + emailAddress=a@b", "emailAddress", "a@b"},
		{"1.2.3.4=#0401, CN=alice", "CN", "alice"},
		{"CN=", "CN", ""},
		{"O=\\C3\\A4, CN=alice", "CN", "alice"},
		{"CN=J\xc3\xb6rg", "CN", "J\xc3\xb6rg"},
		{"CN=a,b", "CN", "a,b"},
		{"CN=a=b", "CN", "a=b"},
		/* a pair inside another value does not count */
		{"O=\"x, CN=bob\", CN=alice", "CN", "alice"},
		{"O=\"x\\\", CN=bob\", CN=alice", "CN", "alice"},
		{"O=\"x + CN=bob\", CN=alice", "CN", "alice"},
		{"O=x\\, CN=alice", "O", "x, CN=alice"},
	};
	char value[65];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(dn_find(cases[i].dn, cases[i].key, value,
		                         sizeof(value)),
		                 0);
		assert_string_equal(value, cases[i].value);
	}
}

static void what_is_no_clear_name_is_refused(void **state)
{
	static const char *const names[] = {
		"",
		"C=DE, O=Example",
		"CN",
		"=alice",
		"cn=alice",
		"CNX=alice",
		"XCN=alice",
		"CN=alice, CN=bob",
		"CN=alice + CN=alice",
		"CN=alice, , O=x",
		"CN=alice, O",
		"CN=\"alice\"x",
		"CN=\"alice\" ",
		"CN=al\"ice",
		"CN=\"alice",
		"CN=\\C3\\A4",
		"CN=alice\\00",
		"O=\"x, CN=alice",
		"O=\"x\\\", CN=alice",
		"O=\"x, CN=bob\"",
		"CN=012345678901234567890123456789012345678901234567890123456"
		"78901234",
	};
	char value[65];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(names); i++)
		if (dn_find(names[i], "CN", value, sizeof(value)) == 0)
			fail_msg("%s gives %s", names[i], value);
}

static void the_longest_value_fits(void **state)
{
	char value[6];

	(void)state;
	assert_int_equal(dn_find("CN=alice", "CN", value, sizeof(value)), 0);
	assert_int_equal(dn_find("CN=alices", "CN", value, sizeof(value)), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_found),
		cmocka_unit_test(what_is_no_clear_name_is_refused),
		cmocka_unit_test(the_longest_value_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

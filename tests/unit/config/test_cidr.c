/* SPDX-License-Identifier: ISC */
#include "endpoint.h"

#include "config/cidr.h"

static void a_client_is_in_the_list_or_not(void **state)
{
	static const struct {
		const char *list, *rip;
		bool has;
	} cases[] = {
		{"192.0.2.7", "192.0.2.7", true},
		{"192.0.2.7", "192.0.2.6", false},
		{"192.0.2.7/32", "192.0.2.7", true},
		{"192.0.2.0/24", "192.0.2.255", true},
		{"192.0.2.0/24", "192.0.3.0", false},
		{"192.0.2.128/25", "192.0.2.127", false},
		{"192.0.2.128/25", "192.0.2.128", true},
		{"172.16.0.0/12", "172.31.255.255", true},
		{"172.16.0.0/12", "172.32.0.0", false},
		{"128.0.0.0/1", "128.0.0.1", true},
		{"128.0.0.0/1", "127.255.255.255", false},
		{"0.0.0.0/0", "203.0.113.9", true},
		{"0.0.0.0/0", "2001:db8::1", false},
		{"::/0", "2001:db8::1", true},
		{"::/0", "203.0.113.9", true}, /* IPv4 is in IPv6 */
		{"::ffff:192.0.2.0/120", "192.0.2.9", true},
		{"::ffff:192.0.2.0/120", "192.0.3.9", false},
		{"2001:db8::/33", "2001:db8:7fff::", true},
		{"2001:db8::/33", "2001:db8:8000::", false},
		{"2001:db8::1/128", "2001:db8::1", true},
		{"2001:db8::1", "2001:db8::", false},
		{"192.0.2.7,2001:db8::1,unix", "2001:db8::1", true},
		{"192.0.2.7,2001:db8::1,unix", "local", true},
		{"192.0.2.7,2001:db8::1", "local", false},
		{"::/0", "local", false},
		{"unix", "127.0.0.1", false},
		{"unix,::/0", "unknown", false},
	};
	struct endpoint peer;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		peer = endpoint_of(cases[i].rip);
		assert_null(cidr_problem(cases[i].list));
		assert_int_equal(cidr_has(cases[i].list, &peer), cases[i].has);
		if (peer.kind == ENDPOINT_UNIX) {
			peer.kind = ENDPOINT_NONE;
			assert_int_equal(cidr_has(cases[i].list, &peer),
			                 cases[i].has);
		}
	}
}

static void everybody_is_one_item(void **state)
{
	static const struct {
		const char *list;
		bool everybody;
	} cases[] = {
		{"0.0.0.0/0", true},
		{"::/0", true},
		{"192.0.2.0/24,0.0.0.0/0", true},
		{"::ffff:0.0.0.0/96", true},
		{"192.0.2.0/24,2001:db8::/32,unix", false},
		{"0.0.0.0/1", false},
		{"::/96", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++)
		assert_int_equal(cidr_has_everybody(cases[i].list),
		                 cases[i].everybody);
}

static void a_list_of_networks_has_no_unix(void **state)
{
	(void)state;
	assert_null(cidr_networks_problem("192.0.2.0/24,::1"));
	assert_null(strstr(cidr_networks_problem("unix"), "unix"));
	assert_null(strstr(cidr_networks_problem("localhost"), "unix"));
	assert_non_null(cidr_networks_problem("192.0.2.0/24,unix"));
	assert_string_equal(cidr_networks_problem("192.0.2.0/33"),
	                    cidr_problem("192.0.2.0/33"));
}

static void what_is_no_list_is_refused(void **state)
{
	static const char *const lists[] = {
		"",
		",",
		"192.0.2.7,",
		",192.0.2.7",
		"192.0.2.7,,::1",
		"192.0.2.7, ::1",
		" 192.0.2.7",
		"192.0.2.7 ",
		"192.0.2.7/33",
		"192.0.2.0/",
		"192.0.2.0/024",
		"192.0.2.0/-1",
		"192.0.2.0/24/24",
		"192.0.2.7/24", /* was /32 meant? */
		"2001:db8::/129",
		"2001:db8::1/64",
		"192.0.2",
		"unix/8",
		"UNIX",
		"localhost",
		"2001:0db8:1111:2222:3333:4444:5555:6666:7777/128/128/128",
	};
	const struct endpoint unknown = endpoint_of("unknown");
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(lists); i++) {
		assert_non_null(cidr_problem(lists[i]));
		assert_false(cidr_has(lists[i], &unknown));
	}
}

static void the_longest_item_is_read(void **state)
{
	const char *list = "2001:0db8:1111:2222:3333:4444:255.255.255.255/128,"
			   "unix";
	const struct endpoint inet =
		endpoint_of("2001:db8:1111:2222:3333:4444:ffff:ffff");
	const struct endpoint local = endpoint_of("local");

	(void)state;
	assert_null(cidr_problem(list));
	assert_true(cidr_has(list, &inet));
	assert_true(cidr_has(list, &local));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everybody_is_one_item),
		cmocka_unit_test(a_list_of_networks_has_no_unix),
		cmocka_unit_test(a_client_is_in_the_list_or_not),
		cmocka_unit_test(what_is_no_list_is_refused),
		cmocka_unit_test(the_longest_item_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

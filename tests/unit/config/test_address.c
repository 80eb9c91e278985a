/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "config/address.h"

static void an_address_is_read_and_written(void **state)
{
	static const struct {
		int family;
		const char *text, *written;
		bool v4, loopback;
	} cases[] = {
		{AF_INET, "192.0.2.7", "192.0.2.7", true, false},
		{AF_INET, "0.0.0.0", "0.0.0.0", true, false},
		{AF_INET, "127.255.0.9", "127.255.0.9", true, true},
		{AF_INET, "255.255.255.255", "255.255.255.255", true, false},
		{AF_INET6, "2001:DB8::0007", "2001:db8::7", false, false},
		{AF_INET6, "::", "::", false, false},
		{AF_INET6, "::1", "::1", false, true},
		{AF_INET6, "::ffff:192.0.2.7", "192.0.2.7", true, false},
		{AF_INET6, "::ffff:c000:207", "192.0.2.7", true, false},
		{AF_INET6, "::ffff:127.0.0.1", "127.0.0.1", true, true},
		{AF_INET6, "::127.0.0.1", "::127.0.0.1", false, false},
	};
	char text[INET6_ADDRSTRLEN];
	struct address a;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(
			address_parse(&a, cases[i].family, cases[i].text), 0);
		address_write(&a, text);
		assert_string_equal(text, cases[i].written);
		assert_int_equal(address_is_v4(&a), cases[i].v4);
		assert_int_equal(address_is_loopback(&a), cases[i].loopback);
	}
}

static void what_is_no_address_is_refused(void **state)
{
	static const struct {
		int family;
		const char *text;
	} cases[] = {
		{AF_INET, ""},
		{AF_INET, "192.0.2"},
		{AF_INET, "192.0.2.07"},
		{AF_INET, "192.0.2.256"},
		{AF_INET, "192.0.2.7 "},
		{AF_INET, " 192.0.2.7"},
		{AF_INET, "192.0.2.7.9"},
		{AF_INET, "192.0.2.-7"},
		{AF_INET, "0xc0.0.2.7"},
		{AF_INET, "3221225991"},
		{AF_INET, "::1"},
		{AF_INET, "localhost"},
		{AF_INET6, ""},
		{AF_INET6, "192.0.2.7"},
		{AF_INET6, "::1%lo"},
		{AF_INET6, "[::1]"},
		{AF_INET6, ":::"},
		{AF_INET6, "1::2::3"},
		{AF_INET6, "1:2:3:4:5:6:7:8:9"},
		{AF_INET6, "1:2:3:4:5:6:7"},
		{AF_INET6, "12345::"},
		{AF_INET6, "g::"},
	};
	struct address a;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++)
		assert_int_equal(
			address_parse(&a, cases[i].family, cases[i].text), -1);
}

/* stunnel 5.68 writes addresses this way, by PROXY and environment. */
static void only_a_client_of_one_link_may_have_a_scope(void **state)
{
	static const char *const good[] = {"fe80::7%eth0", "fe80::7",
	                                   "febf::7%2"};
	static const char *const bad[] = {
		"fe80::7%", "%eth0",           "2001:db8::7%eth0",
		"::1%lo",   "fec0::7%eth0",    "ff02::7%eth0",
		"%",        "fe80::7 %eth0",   "fe80::1:%eth0",
		"fe80::g%", "fe81::1::2%eth0", "::ffff:192.0.2.7%eth0"};
	struct address a;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(good); i++) {
		assert_int_equal(address_parse_client(&a, AF_INET6, good[i]),
		                 0);
		assert_int_equal(a.octets[15], 7);
	}
	for (i = 0; i < LENGTH(bad); i++)
		assert_int_equal(address_parse_client(&a, AF_INET6, bad[i]),
		                 -1);
	assert_int_equal(address_parse_client(&a, AF_INET, "192.0.2.7"), 0);
	assert_int_equal(address_parse_client(&a, AF_INET, "192.0.2.7%e"), -1);
}

static void a_port_is_a_plain_number(void **state)
{
	static const char *const bad[] = {
		"", "65536", "01", "-1", "+1", " 1", "1 ", "99999999999", "1x"};
	unsigned int port;
	size_t i;

	(void)state;
	assert_int_equal(address_parse_port(&port, "0"), 0);
	assert_int_equal(port, 0);
	assert_int_equal(address_parse_port(&port, "65535"), 0);
	assert_int_equal(port, 65535);
	for (i = 0; i < LENGTH(bad); i++)
		assert_int_equal(address_parse_port(&port, bad[i]), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_read_and_written),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(only_a_client_of_one_link_may_have_a_scope),
		cmocka_unit_test(a_port_is_a_plain_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

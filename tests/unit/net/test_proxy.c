/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "net/proxy.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define INET      "\xc0\0\2\7\xc6\x33\x64\5\xc8\x22\3\xe3"
#define INET6                                                                  \
	"\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7"                               \
	"\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\5\xc8\x22\3\xe3"
#define V2(rest) SIGNATURE rest

struct octets {
	const char *at;
	size_t n;
};

#define OCTETS(text)                                                           \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}

/* The result of the parser, in words. */
static char found[1024];

static void add(const char *key, const char *value)
{
	size_t n = strlen(found);

	(void)snprintf(found + n, sizeof(found) - n, " %s=%s", key, value);
}

static void add_endpoint(const struct endpoint *e)
{
	char text[INET6_ADDRSTRLEN], port[16];

	address_write(&e->address, text);
	(void)snprintf(port, sizeof(port), "%u", e->port);
	add(text, port);
}

static void describe(const struct proxy *p)
{
	static const char *const kinds[] = {[ENDPOINT_NONE] = "local",
	                                    [ENDPOINT_UNKNOWN] = "unknown",
	                                    [ENDPOINT_INET] = "inet"};

	(void)snprintf(found, sizeof(found), "%s", kinds[p->source.kind]);
	assert_int_equal(p->destination.kind == ENDPOINT_INET,
	                 p->source.kind == ENDPOINT_INET);
	if (p->source.kind == ENDPOINT_INET) {
		add_endpoint(&p->source);
		add_endpoint(&p->destination);
	}
	if (p->tls_told)
		add("tls", p->tls ? p->tls_version : "no");
	if (p->certified)
		add("certified", p->common_name);
	if (*p->server_name)
		add("name", p->server_name);
}

/*
 * Parses a header and the rest behind it, and before that each beginning of
 * them, because octets may come in any pieces.  Sets *found.
 */
static enum proxy_status parse(struct octets header, struct octets rest)
{
	size_t whole = header.n + rest.n, n, length = 0;
	enum proxy_status status = PROXY_MORE;
	char *octets = malloc(whole + 1);
	const char *wrong;
	struct proxy p;

	assert_non_null(octets);
	memcpy(octets, header.at, header.n);
	memcpy(octets + header.n, rest.at, rest.n);
	for (n = 0; n <= whole; n++) {
		char *exact = malloc(n ? n : 1); /* for AddressSanitizer */

		assert_non_null(exact);
		memcpy(exact, octets, n);
		length = SIZE_MAX;
		wrong = NULL;
		status = proxy_parse(&p, exact, n, &length, &wrong);
		free(exact);
		if (status == PROXY_BAD) {
			assert_non_null(wrong);
			(void)snprintf(found, sizeof(found), "%s", wrong);
			break;
		}
		assert_int_equal(status,
		                 n < header.n ? PROXY_MORE : PROXY_DONE);
		assert_int_equal(length, n < header.n ? SIZE_MAX : header.n);
	}
	free(octets);
	if (status == PROXY_DONE)
		describe(&p);
	return status;
}

static void assert_parsed(struct octets header, const char *words)
{
	static const struct octets rests[] = {OCTETS(""), OCTETS("QUIT\r\n"),
	                                      OCTETS("\r\n\r\n\0\r\nQUIT\n"),
	                                      OCTETS("\x16\x03\x01\x02\0\x01")};
	size_t i;

	for (i = 0; i < LENGTH(rests); i++) {
		assert_int_equal(parse(header, rests[i]), PROXY_DONE);
		assert_string_equal(found, words);
	}
}

static void assert_bad(struct octets header)
{
	static const struct octets none = OCTETS("");

	if (parse(header, none) != PROXY_BAD)
		fail_msg("taken: %.60s", header.at);
}

static void version_1_is_read(void **state)
{
	static const struct {
		struct octets header;
		const char *words;
	} cases[] = {
		/* section 2.1 */
		{OCTETS("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n"),
	         "inet 192.168.0.1=56324 192.168.0.11=443"},
		{OCTETS("PROXY TCP4 255.255.255.255 255.255.255.255 65535 "
	                "65535\r\n"),
	         "inet 255.255.255.255=65535 255.255.255.255=65535"},
		{OCTETS("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	                "FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF 65535 0\r\n"),
	         "inet ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff=65535 "
	         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff=0"},
		{OCTETS("PROXY TCP6 :: ::1 0 1\r\n"), "inet ::=0 ::1=1"},
		{OCTETS("PROXY UNKNOWN\r\n"), "unknown"},
		{OCTETS("PROXY UNKNOWN "
	                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 "
	                "65535\r\n"),
	         "unknown"},
		{OCTETS("PROXY UNKNOWN \1 what \xff ever\r\n"), "unknown"},
		/* stunnel 5.68 */
		{OCTETS("PROXY TCP6 ::ffff:192.0.2.7 ::ffff:198.51.100.5 41320 "
	                "995\r\n"),
	         "inet 192.0.2.7=41320 198.51.100.5=995"},
		{OCTETS("PROXY TCP6 fe80::fc:ff:fe00:1%eth0 fe80::1%eth0 58286 "
	                "995\r\n"),
	         "inet fe80::fc:ff:fe00:1=58286 fe80::1=995"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++)
		assert_parsed(cases[i].header, cases[i].words);
}

static void version_1_is_strict(void **state)
{
	static const struct octets headers[] = {
		OCTETS("QUIT\r\n"),
		OCTETS("USER alice\r\n"),
		OCTETS("\r\nQUIT\r\n"),
		OCTETS("\x16\x03\x01\x02\0\x01"),
		OCTETS("proxy TCP4 192.0.2.7 198.51.100.5 1 2\r\n"),
		OCTETS(" PROXY TCP4 192.0.2.7 198.51.100.5 1 2\r\n"),
		OCTETS("PROXY\r\n"),
		OCTETS("PROXY \r\n"),
		OCTETS("PROXY\tTCP4 192.0.2.7 198.51.100.5 1 2\r\n"),
		OCTETS("PROXY  TCP4 192.0.2.7 198.51.100.5 1 2\r\n"),
		OCTETS("PROXY TCP4  192.0.2.7 198.51.100.5 1 2\r\n"),
		OCTETS("PROXY TCP4 192.0.2.7  198.51.100.5 1 2\r\n"),
		OCTETS("PROXY TCP4 192.0.2.7 198.51.100.5  1 2\r\n"),
		OCTETS("PROXY TCP4 192.0.2.7 198.51.100.5 1  2\r\n"),
		OCTETS("PROXY TCP4 192.0.2.7 198.51.100.5 1 2 \r\n"),
		OCTETS("PROXY TCP4 192.0.2.7 198.51.100.5 1 2 3\r\n"),
		OCTETS("PROXY TCP4 192.0.2.7 198.51.100.5 1\r\n"),
		OCTETS("PROXY TCP4 192.0.2.7 198.51.100.5\r\n"),
		OCTETS("PROXY TCP4\r\n"),
		OCTETS("PROXY TCP4 \r\n"),
		OCTETS("PROXY TCP4 192.0.2.7 198.51.100.5 1 65536\r\n"),
		OCTETS("PROXY TCP4 192.0.2.7 198.51.100.5 01 2\r\n"),
		OCTETS("PROXY TCP4 192.0.2.7 198.51.100.5 -1 2\r\n"),
		OCTETS("PROXY TCP4 192.0.2.7 198.51.100.5 1 2x\r\n"),
		OCTETS("PROXY TCP4 192.0.2.7 198.51.100.5 4294967297 2\r\n"),
		OCTETS("PROXY TCP4 192.0.2.07 198.51.100.5 1 2\r\n"),
		OCTETS("PROXY TCP4 192.0.2.7 198.51.100.256 1 2\r\n"),
		OCTETS("PROXY TCP4 192.0.2 198.51.100.5 1 2\r\n"),
		OCTETS("PROXY TCP4 ::1 ::1 1 2\r\n"),
		OCTETS("PROXY TCP4 ::ffff:192.0.2.7 198.51.100.5 1 2\r\n"),
		OCTETS("PROXY TCP6 192.0.2.7 198.51.100.5 1 2\r\n"),
		OCTETS("PROXY TCP6 ::1 192.0.2.7 1 2\r\n"),
		OCTETS("PROXY TCP6 2001:db8::7%eth0 ::1 1 2\r\n"),
		OCTETS("PROXY TCP5 192.0.2.7 198.51.100.5 1 2\r\n"),
		OCTETS("PROXY TCP 192.0.2.7 198.51.100.5 1 2\r\n"),
		OCTETS("PROXY tcp4 192.0.2.7 198.51.100.5 1 2\r\n"),
		OCTETS("PROXY UDP4 192.0.2.7 198.51.100.5 1 2\r\n"),
		OCTETS("PROXY UNKNOWNS\r\n"),
		OCTETS("PROXY unknown\r\n"),
		OCTETS("PROXY UNKNOWN\n"),
		OCTETS("PROXY UNKNOWN\0\r\n"),
		OCTETS("PROXY TCP4 192.0.2.7 198.51.100.5 1 2\n"),
		OCTETS("PROXY TCP4 192.0.2.7 198.51.100.5 1 2\n\r"),
		OCTETS("PROXY TCP4 192.0.2.7 198.51.100.5 1 2\rQUIT\r\n"),
		OCTETS("PROXY TCP4 192.0.2.7\0 198.51.100.5 1 2\r\n"),
		OCTETS("PROXY TCP4 192.0.2.7 198.51.100.5 1 2\0\r\n"),
		/* 108 octets */
		OCTETS("PROXY UNKNOWN "
	               "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	               "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535 "
	               "\r\n"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(headers); i++)
		assert_bad(headers[i]);
}

static void version_2_is_read(void **state)
{
	static const struct {
		struct octets header;
		const char *words;
	} cases[] = {
		{OCTETS(V2("\x20\0\0\0")), "local"},
		/* whatever is there besides is not looked at */
		{OCTETS(V2("\x20\xff\0\5\x20\xff\xff\xff\xff")), "local"},
		{OCTETS(V2("\x20\x11\0\x0c" INET)), "local"},
		{OCTETS(V2("\x21\x11\0\x0c" INET)),
	         "inet 192.0.2.7=51234 198.51.100.5=995"},
		{OCTETS(V2("\x21\x21\0\x24" INET6)),
	         "inet 2001:db8::7=51234 2001:db8::5=995"},
		{OCTETS(V2("\x21\x21\0\x24"
	                   "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\7"
	                   "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc6\x33\x64\5"
	                   "\0\1\0\2")),
	         "inet 192.0.2.7=1 198.51.100.5=2"},
		{OCTETS(V2("\x21\0\0\0")), "unknown"},
		{OCTETS(V2("\x21\1\0\0")), "unknown"},
		{OCTETS(V2("\x21\x10\0\x0c" INET)), "unknown"},
		{OCTETS(V2("\x21\x12\0\x0c" INET)), "unknown"},
		{OCTETS(V2("\x21\x22\0\x24" INET6)), "unknown"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++)
		assert_parsed(cases[i].header, cases[i].words);
}

static void what_version_2_does_not_know_is_refused(void **state)
{
	static const struct octets headers[] = {
		OCTETS("\r\n\r\n\0\r\nQUIT\r\x21\x11\0\x0c" INET),
		OCTETS("\r\n\r\n\r\nQUIT\n\x21\x11\0\x0c" INET "    "),
		OCTETS(V2("\x01\x11\0\x0c" INET)),
		OCTETS(V2("\x11\x11\0\x0c" INET)),
		OCTETS(V2("\x31\x11\0\x0c" INET)),
		OCTETS(V2("\x22\x11\0\x0c" INET)),
		OCTETS(V2("\x2f\x11\0\x0c" INET)),
		OCTETS(V2("\x21\x41\0\x0c" INET)),
		OCTETS(V2("\x21\xf1\0\x0c" INET)),
		OCTETS(V2("\x21\x13\0\x0c" INET)),
		OCTETS(V2("\x21\x1f\0\x0c" INET)),
		OCTETS(V2("\x21\x11\0\0" INET)),
		OCTETS(V2("\x21\x11\0\x0b" INET)),
		OCTETS(V2("\x21\x21\0\x23" INET6)),
		OCTETS(V2("\x21\x31\0\x0c" INET)),
		OCTETS(V2("\x20\0\x0f\xf1")), /* one more than PROXY_MAX */
		OCTETS(V2("\x21\x11\xff\xff" INET)),
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(headers); i++)
		assert_bad(headers[i]);
}

static void the_longest_headers_are_read(void **state)
{
	static const struct octets rest = OCTETS("QUIT\r\n");
	static char octets[PROXY_MAX];
	struct octets header = {octets, sizeof(octets)};

	(void)state;
	memcpy(octets, V2("\x20\0\x0f\xf0"), 16);
	memset(octets + 16, 0xff, sizeof(octets) - 16);
	assert_int_equal(parse(header, rest), PROXY_DONE);
	assert_string_equal(found, "local");
	/* The paths of two unix sockets, and a TLV up to the end */
	memcpy(octets, V2("\x21\x31\x0f\xf0"), 16);
	memcpy(octets + 16 + 216, "\4\x0f\x15", 3);
	assert_int_equal(parse(header, rest), PROXY_DONE);
	assert_string_equal(found, "unknown");
	octets[16 + 216 + 2]++;
	assert_int_equal(parse(header, rest), PROXY_BAD);
}

/* Parses TLVs behind IPv4 addresses: fewer than 256 - 12 octets. */
static enum proxy_status parse_tlvs(struct octets tlvs)
{
	static const struct octets rest = OCTETS("USER alice\r\n");
	char octets[512];
	struct octets header = {octets, 28 + tlvs.n};

	memcpy(octets, V2("\x21\x11\0\0" INET), 28);
	octets[15] = (char)(12 + tlvs.n);
	memcpy(octets + 28, tlvs.at, tlvs.n);
	return parse(header, rest);
}

static void tlvs_are_read(void **state)
{
#define FROM "inet 192.0.2.7=51234 198.51.100.5=995"
	static const struct {
		struct octets tlvs;
		const char *words;
	} cases[] = {
		{OCTETS("\4\0\0"), FROM},
		{OCTETS("\4\0\3abc\4\0\0"), FROM},
		{OCTETS("\1\0\4pop3"), FROM},
		{OCTETS("\5\0\4\0\1\2\3"), FROM},
		{OCTETS("\x30\0\4blue\xe0\0\1x\xff\0\1y"), FROM},
		{OCTETS("\2\0\x0cmail.example"), FROM " name=mail.example"},
		{OCTETS("\x20\0\5\0\0\0\0\0"), FROM " tls=no"},
		{OCTETS("\x20\0\5\1\0\0\0\1"), FROM " tls="},
		{OCTETS("\x20\0\x0f\1\0\0\0\0\x21\0\7TLSv1.3"),
	         FROM " tls=TLSv1.3"},
		/* verify is zero, but there is no certificate */
		{OCTETS("\x20\0\x0d\1\0\0\0\0\x22\0\5"
	                "alice"),
	         FROM " tls="},
		{OCTETS("\x20\0\x1b\3\0\0\0\0\x21\0\7TLSv1.2\x23\0\1x"
	                "\x22\0\5"
	                "alice"),
	         FROM " tls=TLSv1.2 certified=alice"},
		{OCTETS("\x20\0\x0d\5\0\0\0\0\x22\0\5"
	                "a b c"),
	         FROM " tls= certified=a b c"},
		/* a certificate that was not verified */
		{OCTETS("\x20\0\x0d\3\0\0\0\x12\x22\0\5"
	                "alice"),
	         FROM " tls="},
		/* a certificate, but no TLS */
		{OCTETS("\x20\0\x0d\2\0\0\0\0\x22\0\5"
	                "alice"),
	         FROM " tls=no"},
		/* TLVs of the SSL TLV mean nothing outside of it */
		{OCTETS("\x21\0\7TLSv1.3\x22\0\5"
	                "alice"),
	         FROM},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(parse_tlvs(cases[i].tlvs), PROXY_DONE);
		assert_string_equal(found, cases[i].words);
	}
#undef FROM
}

static void malformed_tlvs_are_refused(void **state)
{
	static const struct octets tlvs[] = {
		OCTETS("\4"),
		OCTETS("\4\0"),
		OCTETS("\4\0\1"),
		OCTETS("\4\xff\xff"),
		OCTETS("\4\0\0\4"),
		OCTETS("\xee\0\2x"),
		OCTETS("\2\0\5"
	               "a b.c"),
		OCTETS("\2\0\3a\0b"),
		OCTETS("\2\0\3a\r\n"),
		OCTETS("\2\0\3a\x7f"
	               "b"),
		OCTETS("\2\0\1a\2\0\1b"),
		OCTETS("\2\0\0\2\0\1b"),
		OCTETS("\2\0\1a\2\0\0"),
		OCTETS("\3\0\3\0\0\0"),
		OCTETS("\3\0\0"),
		OCTETS("\x20\0\0"),
		OCTETS("\x20\0\4\1\0\0\0"),
		OCTETS("\x20\0\6\1\0\0\0\0\x21"),
		OCTETS("\x20\0\x08\1\0\0\0\0\x21\0\7TLSv1.3"),
		OCTETS("\x20\0\x09\1\0\0\0\0\x21\0\2x"),
		OCTETS("\x20\0\5\1\0\0\0\0\x20\0\5\0\0\0\0\0"),
		OCTETS("\x20\0\x0d\1\0\0\0\0\x21\0\1x\x21\0\1y"),
		OCTETS("\x20\0\x0c\1\0\0\0\0\x21\0\0\x21\0\1y"),
		OCTETS("\x20\0\x0c\3\0\0\0\0\x22\0\0\x22\0\1y"),
		OCTETS("\x20\0\x18\1\0\0\0\0\x21\0\x10"
	               "0123456789abcdef"),
		OCTETS("\x20\0\x0a\1\0\0\0\0\x21\0\2T\n"),
		OCTETS("\x20\0\x0a\3\0\0\0\0\x22\0\2a\0"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(tlvs); i++)
		if (parse_tlvs(tlvs[i]) != PROXY_BAD)
			fail_msg("case %zu was taken: %s", i, found);
}

static void a_name_of_255_octets_is_the_longest(void **state)
{
	static const struct octets rest = OCTETS("");
	char octets[16 + 3 + 256];
	struct octets header = {octets, 16 + 3 + 255};

	(void)state;
	memset(octets, 'a', sizeof(octets));
	memcpy(octets, V2("\x21\0\1\2\2\0\xff"), 19);
	assert_int_equal(parse(header, rest), PROXY_DONE);
	assert_int_equal(strlen(found), strlen("unknown name=") + 255);
	memcpy(octets, V2("\x21\0\1\3\2\1\0"), 19);
	header.n++;
	assert_int_equal(parse(header, rest), PROXY_BAD);
}

/* Computed by another program, which gives e3069283 for "123456789". */
static void a_checksum_is_verified(void **state)
{
	char octets[] = V2("\x21\x11\0\x16" INET "\3\0\4\0\0\0\0\4\0\0");
	static const struct octets rest = OCTETS("QUIT\r\n");
	struct octets header = {octets, sizeof(octets) - 1};
	size_t i;

	(void)state;
	assert_int_equal(parse(header, rest), PROXY_BAD);
	memcpy(octets + 31, "\xdc\xf1\xce\x51", 4);
	assert_int_equal(parse(header, rest), PROXY_DONE);
	/* Change each octet in turn, but not the type of the TLV. */
	for (i = 16; i < header.n; i += 1 + (i == 27)) {
		octets[i] ^= 0x10;
		assert_int_equal(parse(header, rest), PROXY_BAD);
		octets[i] ^= 0x10;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_1_is_read),
		cmocka_unit_test(version_1_is_strict),
		cmocka_unit_test(version_2_is_read),
		cmocka_unit_test(what_version_2_does_not_know_is_refused),
		cmocka_unit_test(the_longest_headers_are_read),
		cmocka_unit_test(tlvs_are_read),
		cmocka_unit_test(malformed_tlvs_are_refused),
		cmocka_unit_test(a_name_of_255_octets_is_the_longest),
		cmocka_unit_test(a_checksum_is_verified),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

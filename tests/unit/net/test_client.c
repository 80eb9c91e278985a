/* SPDX-License-Identifier: ISC */
#include "endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "base/log.h"
#include "net/client.h"

/*
 * The kernel has only clients on this host.  For the connection FAKE a case
 * chooses the addresses, such as those of a client elsewhere.
 */
#define FAKE 1000

static struct {
	struct sockaddr_storage local, peer;
	bool gone;
} fake;

int getsockname(int fd, struct sockaddr *a, socklen_t *n)
{
	if (fd != FAKE)
		return (int)syscall(SYS_getsockname, fd, a, n);
	memcpy(a, &fake.local, *n);
	return 0;
}

int getpeername(int fd, struct sockaddr *a, socklen_t *n)
{
	if (fd != FAKE)
		return (int)syscall(SYS_getpeername, fd, a, n);
	if (fake.gone) {
		errno = ENOTCONN;
		return -1;
	}
	memcpy(a, &fake.peer, *n);
	return 0;
}

static void set(struct sockaddr_storage *to, const char *text, in_port_t port)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_scope_id = 2};
	struct sockaddr_in v4 = {.sin_family = AF_INET};

	v4.sin_port = v6.sin6_port = htons(port);
	if (strchr(text, ':')) {
		assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
		memcpy(to, &v6, sizeof(v6));
	} else {
		assert_int_equal(inet_pton(AF_INET, text, &v4.sin_addr), 1);
		memcpy(to, &v4, sizeof(v4));
	}
}

static void an_address_is_written_as_a_number(void **state)
{
	static const struct {
		const char *peer, *rip;
		bool local;
	} cases[] = {
		{"192.0.2.7", "192.0.2.7", false},
		{"127.0.0.1", "127.0.0.1", true},
		{"127.255.0.9", "127.255.0.9", true},
		{"126.0.0.1", "126.0.0.1", false},
		{"128.0.0.1", "128.0.0.1", false},
		{"0.0.0.0", "0.0.0.0", false},
		{"2001:db8::7", "2001:db8::7", false},
		{"::1", "::1", true},
		{"::", "::", false},
		{"::2", "::2", false},
		{"fe80::1", "fe80::1", false}, /* the scope is dropped */
		{"::ffff:192.0.2.7", "192.0.2.7", false},
		{"::ffff:127.0.0.1", "127.0.0.1", true},
		{"::127.0.0.1", "::127.0.0.1", false},
		{"64:ff9b::7f00:1", "64:ff9b::7f00:1", false},
		{"2001:db8:1111:2222:3333:4444:5555:6666",
	         "2001:db8:1111:2222:3333:4444:5555:6666", false},
	};
	struct client c;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		set(&fake.peer, cases[i].peer, 51234);
		set(&fake.local, "::ffff:198.51.100.5", 110);
		client_find(&c, FAKE);
		assert_string_equal(c.rip, cases[i].rip);
		assert_int_equal(c.remote.kind, ENDPOINT_INET);
		assert_int_equal(c.local.kind, ENDPOINT_INET);
		assert_int_equal(c.remote.port, 51234);
		assert_string_equal(c.lip, "198.51.100.5");
		assert_int_equal(c.local.port, 110);
		assert_int_equal(client_is_near(&c, NULL), cases[i].local);
	}
}

/* Or a client could pass as one on this host by hanging up in time. */
static void a_client_that_is_gone_is_not_local(void **state)
{
	struct client c;

	(void)state;
	set(&fake.local, "127.0.0.1", 110);
	fake.gone = true;
	client_find(&c, FAKE);
	fake.gone = false;
	assert_string_equal(c.rip, "unknown");
	assert_int_equal(c.remote.kind, ENDPOINT_UNKNOWN);
	assert_int_equal(c.remote.port, 0);
	assert_string_equal(c.lip, "127.0.0.1");
	assert_false(client_is_near(&c, NULL));
}

static void assert_local(int fd, enum endpoint_kind kind)
{
	struct client c;

	client_find(&c, fd);
	assert_string_equal(c.rip, "local");
	assert_string_equal(c.lip, "local");
	assert_int_equal(c.remote.kind, kind);
	assert_int_equal(c.local.kind, kind);
	assert_int_equal(c.remote.port, 0);
	assert_int_equal(c.local.port, 0);
	assert_true(client_is_near(&c, NULL));
}

static void what_has_no_address_is_local(void **state)
{
	int ends[2], null;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_local(ends[0], ENDPOINT_UNIX);
	(void)close(ends[0]);
	(void)close(ends[1]);
	assert_int_equal(pipe(ends), 0);
	assert_local(ends[0], ENDPOINT_NONE);
	(void)close(ends[0]);
	(void)close(ends[1]);
	null = open("/dev/null", O_RDWR);
	assert_local(null, ENDPOINT_NONE);
	(void)close(null);
}

/* A client is on this host only if the proxy is, and says so. */
static void a_client_behind_a_proxy_is_where_it_says(void **state)
{
	static const struct {
		const char *proxy, *client;
		bool local;
	} cases[] = {
		{"192.0.2.1", "192.0.2.7", false},
		{"192.0.2.1", "127.0.0.1", false},
		{"127.0.0.1", "192.0.2.7", false},
		{"127.0.0.1", "127.0.0.1", true},
		{"::1", "::ffff:127.0.0.2", true},
		{"127.0.0.1", "::ffff:192.0.2.7", false},
		{"127.0.0.1", NULL, false},
	};
	struct endpoint remote = {.port = 51234};
	struct endpoint local = {.kind = ENDPOINT_INET, .port = 995};
	const struct endpoint unknown = {.kind = ENDPOINT_UNKNOWN};
	struct client c;
	size_t i;

	(void)state;
	assert_int_equal(address_parse(&local.address, AF_INET6, "2001:db8::5"),
	                 0);
	for (i = 0; i < LENGTH(cases); i++) {
		set(&fake.peer, cases[i].proxy, 40000);
		set(&fake.local, "198.51.100.5", 110);
		client_find(&c, FAKE);
		if (cases[i].client)
			assert_int_equal(
				address_parse(&remote.address,
			                      strchr(cases[i].client, ':')
			                              ? AF_INET6
			                              : AF_INET,
			                      cases[i].client),
				0);
		remote.kind = ENDPOINT_INET;
		client_forward(&c, cases[i].client ? &remote : &unknown,
		               &local);
		assert_int_equal(client_is_near(&c, NULL), cases[i].local);
		assert_int_equal(c.remote.port, cases[i].client ? 51234 : 0);
		assert_string_equal(c.lip, "2001:db8::5");
		assert_int_equal(c.local.port, 995);
	}
	assert_string_equal(c.rip, "unknown");
}

/* Every hop must be on this host, or listed. */
static void a_network_is_trusted_on_the_whole_way(void **state)
{
	static const struct {
		const char *hop, *client; /* NULL: no proxy */
		bool near;
	} cases[] = {
		{"192.0.2.7", NULL, true},
		{"192.0.3.7", NULL, false},
		{"127.0.0.1", NULL, true},
		{"2001:db8::7", NULL, true},
		{"2001:db8::8", NULL, false},
		{"192.0.2.1", "192.0.2.7", true},
		{"192.0.2.1", "127.0.0.1", true},
		{"192.0.2.1", "198.51.100.7", false},
		{"198.51.100.1", "192.0.2.7", false},
		{"127.0.0.1", "192.0.2.7", true},
		{"local", "192.0.2.7", true},
		{"local", "192.0.3.7", false},
		{"192.0.2.1", "unknown", false},
		{"local", "unknown", false},
	};
	struct client c;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		c.hop = endpoint_of(cases[i].hop);
		c.remote =
			cases[i].client ? endpoint_of(cases[i].client) : c.hop;
		assert_int_equal(client_is_near(&c, "192.0.2.0/24,2001:db8::7"),
		                 cases[i].near);
	}
}

/* Makes a connection over the loopback device, and looks at it. */
static void connect_over(const char *bind_to, const char *rip)
{
	struct sockaddr_storage at = {.ss_family = AF_UNSPEC};
	socklen_t n = sizeof(at);
	int listener, from, to;
	struct client c;

	set(&at, bind_to, 0);
	listener = socket(at.ss_family, SOCK_STREAM, 0);
	from = socket(at.ss_family, SOCK_STREAM, 0);
	assert_true(listener >= 0 && from >= 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &n), 0);
	assert_int_equal(connect(from, (struct sockaddr *)&at, n), 0);
	to = accept(listener, NULL, NULL);
	assert_true(to >= 0);
	client_find(&c, to);
	assert_string_equal(c.rip, rip);
	assert_string_equal(c.lip, rip);
	assert_true(client_is_near(&c, NULL));
	assert_int_not_equal(c.remote.port, 0);
	assert_int_equal(
		c.local.port,
		ntohs(at.ss_family == AF_INET6
	                      ? ((struct sockaddr_in6 *)&at)->sin6_port
	                      : ((struct sockaddr_in *)&at)->sin_port));
	(void)close(to);
	(void)close(from);
	(void)close(listener);
}

static void a_real_connection_has_its_numbers(void **state)
{
	(void)state;
	connect_over("127.0.0.1", "127.0.0.1");
	connect_over("::ffff:127.0.0.1", "127.0.0.1");
}

static void the_log_gets_address_and_port_first(void **state)
{
	struct client c = {
		.rip = "192.0.2.7", .remote.port = 51234, .lip = "::1"};
	char text[128] = "";
	int fd, kept;

	(void)state;
	fd = support_file("", 0);
	kept = dup(STDERR_FILENO);
	assert_true(dup2(fd, STDERR_FILENO) >= 0);
	log_open(-1);
	log_begin(LOG_LOGIN_OK);
	client_log(&c);
	log_end();
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(
		text, "onepop: login ok: rip=192.0.2.7 rport=51234 lip=::1\n");
	(void)close(kept);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_written_as_a_number),
		cmocka_unit_test(a_client_that_is_gone_is_not_local),
		cmocka_unit_test(what_has_no_address_is_local),
		cmocka_unit_test(a_client_behind_a_proxy_is_where_it_says),
		cmocka_unit_test(a_network_is_trusted_on_the_whole_way),
		cmocka_unit_test(a_real_connection_has_its_numbers),
		cmocka_unit_test(the_log_gets_address_and_port_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

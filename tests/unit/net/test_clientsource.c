/* SPDX-License-Identifier: ISC */
#include "endpoint.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "config/options.h"
#include "net/client.h"
#include "net/clientsource.h"
#include "net/tlspolicy.h"

#define HEADER "PROXY TCP4 192.0.2.7 198.51.100.5 51234 995\r\n"

static const struct options behind_proxy = {.client_address = CLIENT_PROXY,
                                            .proxy_from = "unix"};
static int ends[2]; /* the proxy's, and ours */
static struct client client;
static struct tlspolicy channel;

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	client_find(&client, ends[1]);
	tlspolicy_init(&channel, &behind_proxy);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)close(ends[0]);
	(void)close(ends[1]);
	return 0;
}

static bool find(deadline_t until)
{
	static const struct clientsource front = {.options = &behind_proxy};

	return clientsource_find(&front, ends[1], until, &client, &channel);
}

static void put(const char *text, size_t n)
{
	assert_int_equal(send(ends[0], text, n, MSG_NOSIGNAL), n);
}

static void assert_left(const char *text)
{
	char rest[256];
	ssize_t n;

	n = recv(ends[1], rest, sizeof(rest), MSG_DONTWAIT);
	if (!*text) {
		assert_true(n < 0 && errno == EAGAIN);
		return;
	}
	assert_int_equal(n, strlen(text));
	assert_memory_equal(rest, text, strlen(text));
}

/* OpenSSL, for example, reads on from the descriptor itself. */
static void nothing_behind_the_header_is_taken(void **state)
{
	(void)state;
	put(HEADER "\x16\x03\x01 HELLO\r\n", strlen(HEADER) + 11);
	assert_true(find(deadline_in(10)));
	assert_string_equal(client.rip, "192.0.2.7");
	assert_int_equal(client.remote.port, 51234);
	assert_string_equal(client.lip, "198.51.100.5");
	assert_int_equal(client.local.port, 995);
	assert_false(client_is_near(&client, NULL));
	assert_left("\x16\x03\x01 HELLO\r\n");
}

static void a_header_alone_is_taken_whole(void **state)
{
	(void)state;
	put(HEADER, strlen(HEADER));
	assert_true(find(deadline_in(10)));
	assert_left("");
}

/* Sends each octet when the one before has been read. */
static void trickle(const char *text, size_t n)
{
	int waiting;
	size_t i;

	for (i = 0; i < n; i++) {
		put(text + i, 1);
		do
			(void)usleep(100);
		while (ioctl(ends[1], FIONREAD, &waiting) == 0 && waiting);
	}
}

static void assert_trickles(const char *text, size_t n)
{
	int status;
	pid_t child;

	child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0) {
		(void)alarm(10); /* if the parent reads no more */
		trickle(text, n);
		_exit(0);
	}
	assert_true(find(deadline_in(10)));
	assert_string_equal(client.rip, "192.0.2.7");
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void version_1_comes_octet_by_octet(void **state)
{
	(void)state;
	assert_trickles(HEADER, strlen(HEADER));
}

static void version_2_comes_octet_by_octet(void **state)
{
	static const char header[] =
		"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x12"
		"\xc0\0\x02\x07\xc6\x33\x64\x05\xc8\x22\x03\xe3"
		"\x04\0\x03pad";

	(void)state;
	assert_trickles(header, sizeof(header) - 1);
}

static void a_header_that_is_late_is_refused(void **state)
{
	(void)state;
	put(HEADER, strlen(HEADER) - 1);
	assert_false(find(deadline_now() - 1));
	assert_string_equal(client.rip, "local"); /* unchanged */
}

static void a_header_cut_off_is_refused(void **state)
{
	(void)state;
	put(HEADER, strlen(HEADER) - 1);
	assert_int_equal(shutdown(ends[0], SHUT_WR), 0);
	assert_false(find(deadline_in(10)));
	assert_string_equal(client.rip, "local");
}

static void who_says_nothing_is_let_go(void **state)
{
	(void)state;
	assert_int_equal(shutdown(ends[0], SHUT_WR), 0);
	assert_false(find(deadline_in(10)));
}

/* It had hung up before getpeername. */
static void who_is_gone_is_not_heard(void **state)
{
	const struct endpoint unknown = {.kind = ENDPOINT_UNKNOWN};

	(void)state;
	put(HEADER, strlen(HEADER));
	client_forward(&client, &unknown, &client.local);
	assert_false(find(deadline_in(10)));
	assert_left(HEADER);
}

static void a_pipe_has_no_header(void **state)
{
	(void)state;
	(void)close(ends[0]);
	(void)close(ends[1]);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], HEADER, strlen(HEADER)),
	                 strlen(HEADER));
	assert_int_equal(dup2(ends[0], ends[1]), ends[1]);
	assert_false(find(deadline_in(10)));
}

/* Any user of the host can connect from the loopback, and send a header. */
static void certificates_are_believed_from_who_is_named_for_it(void **state)
{
	static const struct {
		const char *proxy_from, *peer;
		int which;
		bool served;
	} rows[] = {
		{NULL, "local", TLS_USER_CN, true},
		{NULL, "127.0.0.1", TLS_USER_CN, false},
		{NULL, "127.9.9.9", TLS_USER_EMAIL, false},
		{NULL, "::1", TLS_USER_CN, false},
		{NULL, "127.0.0.1", TLS_USER_NONE, true},
		{"127.0.0.0/8", "127.0.0.1", TLS_USER_CN, true},
		{"unix,127.0.0.0/8,::1", "::1", TLS_USER_CN, true},
		/* No header is read from these peers anyway. */
		{NULL, "192.0.2.7", TLS_USER_CN, true},
		{NULL, "unknown", TLS_USER_CN, true},
	};
	struct client peer = {.rip = ""};
	struct options o = {.client_address = CLIENT_PROXY};
	struct clientsource front;
	const char *wrong;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		o.proxy_from = rows[i].proxy_from;
		o.tls_client_user = rows[i].which;
		peer.remote = endpoint_of(rows[i].peer);
		clientsource_start(&front, &o);
		wrong = clientsource_problem(&front, &peer);
		assert_int_equal(wrong == NULL, rows[i].served);
		assert_true(!wrong || strstr(wrong, "--proxy-from"));
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(nothing_behind_the_header_is_taken),
		TEST(a_header_alone_is_taken_whole),
		TEST(version_1_comes_octet_by_octet),
		TEST(version_2_comes_octet_by_octet),
		TEST(a_header_that_is_late_is_refused),
		TEST(a_header_cut_off_is_refused),
		TEST(who_says_nothing_is_let_go),
		TEST(who_is_gone_is_not_heard),
		TEST(a_pipe_has_no_header),
		TEST(certificates_are_believed_from_who_is_named_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

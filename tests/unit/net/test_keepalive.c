/* SPDX-License-Identifier: ISC */
/* Wraps: getsockopt poll */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "net/keepalive.h"
#include "net/stream.h"

/* What TCP_INFO tells, unless it is NULL, and how often it was asked. */
static const struct tcp_info *told;
static unsigned int asked;
static unsigned int polls; /* that end without an event */

int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *n);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *n);
int __real_poll(struct pollfd *p, nfds_t n, int timeout);
int __wrap_poll(struct pollfd *p, nfds_t n, int timeout);

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *n)
{
	if (level == IPPROTO_TCP && name == TCP_INFO) {
		asked++;
		if (told) {
			*(struct tcp_info *)value = *told;
			return 0;
		}
	}
	return __real_getsockopt(fd, level, name, value, n);
}

int __wrap_poll(struct pollfd *p, nfds_t n, int timeout)
{
	if (polls == 0)
		return __real_poll(p, n, timeout);
	assert_in_range(timeout, 19000, 20000);
	polls--;
	return 0;
}

/* Both ends of a connection over the loopback. */
struct pair {
	int client, server;
};

static struct pair connect_pair(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const int listener = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t n = sizeof(at);
	struct pair p;

	assert_int_equal(bind(listener, (struct sockaddr *)&at, n), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &n), 0);
	p.client = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(p.client, (struct sockaddr *)&at, n), 0);
	p.server = accept(listener, NULL, NULL);
	assert_true(p.server >= 0);
	assert_int_equal(close(listener), 0);
	return p;
}

static void close_pair(struct pair p)
{
	(void)close(p.client);
	(void)close(p.server);
}

static int option(int fd, int level, int name)
{
	socklen_t n = sizeof(int);
	int value;

	assert_int_equal(__real_getsockopt(fd, level, name, &value, &n), 0);
	return value;
}

static void set_option(int fd, int name, int value)
{
	assert_int_equal(
		setsockopt(fd, IPPROTO_TCP, name, &value, sizeof(value)), 0);
}

static void it_has_two_minutes_whatever_the_host_says(void **state)
{
	const struct pair p = connect_pair();
	struct keepalive k;

	(void)state;
	set_option(p.server, TCP_KEEPIDLE, 7200);
	set_option(p.server, TCP_KEEPINTVL, 75);
	set_option(p.server, TCP_KEEPCNT, 9);
	k = keepalive_start(p.server);
	assert_int_equal(k.interval, 20);
	assert_int_equal(k.most, 120);
	assert_int_equal(option(p.server, SOL_SOCKET, SO_KEEPALIVE), 1);
	assert_int_equal(option(p.server, IPPROTO_TCP, TCP_KEEPIDLE), 60);
	assert_int_equal(option(p.server, IPPROTO_TCP, TCP_KEEPINTVL), 20);
	assert_int_equal(option(p.server, IPPROTO_TCP, TCP_KEEPCNT), 3);
	close_pair(p);
}

/* It would end the connection of a client that lives and only waits. */
static void there_is_no_user_timeout(void **state)
{
	const struct pair p = connect_pair();

	(void)state;
	(void)keepalive_start(p.server);
	assert_int_equal(option(p.server, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
	close_pair(p);
}

static void shorter_times_stay(void **state)
{
	const struct pair p = connect_pair();
	struct keepalive k;

	(void)state;
	set_option(p.server, TCP_KEEPIDLE, 30);
	set_option(p.server, TCP_KEEPINTVL, 10);
	set_option(p.server, TCP_KEEPCNT, 2);
	k = keepalive_start(p.server);
	assert_int_equal(k.interval, 10);
	assert_int_equal(k.most, 50);
	assert_int_equal(option(p.server, IPPROTO_TCP, TCP_KEEPIDLE), 30);
	close_pair(p);
}

static void what_is_not_tcp_is_passed_over(void **state)
{
	int unix_ends[2], pipe_ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, unix_ends), 0);
	assert_int_equal(pipe(pipe_ends), 0);
	assert_int_equal(keepalive_start(unix_ends[0]).interval, 0);
	assert_int_equal(keepalive_start(pipe_ends[0]).interval, 0);
	close_pair((struct pair){unix_ends[0], unix_ends[1]});
	close_pair((struct pair){pipe_ends[0], pipe_ends[1]});
}

static void who_is_lost(void **state)
{
	static const struct {
		struct tcp_info told;
		bool lost;
	} rows[] = {
		/* Data is on its way, and nothing comes back. */
		{{.tcpi_unacked = 1,
	          .tcpi_snd_wnd = 1,
	          .tcpi_last_ack_recv = 121000},
	         true},
		{{.tcpi_unacked = 1,
	          .tcpi_snd_wnd = 1,
	          .tcpi_last_ack_recv = 120999},
	         false},
		/* All is acknowledged: keep-alive asks. */
		{{.tcpi_snd_wnd = 1, .tcpi_last_ack_recv = 599000}, false},
		/* It reads nothing: the last probe is 120 seconds old. */
		{{.tcpi_probes = 0, .tcpi_last_ack_recv = 121000}, false},
		{{.tcpi_probes = 1, .tcpi_last_ack_recv = 121000}, false},
		{{.tcpi_probes = 2, .tcpi_last_ack_recv = 121000}, true},
		{{.tcpi_probes = 2, .tcpi_last_ack_recv = 100000}, false},
		/* It has closed its window before what was on its way. */
		{{.tcpi_unacked = 9, .tcpi_last_ack_recv = 121000}, false},
	};
	const struct keepalive k = {.interval = 20, .most = 120};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		told = &rows[i].told;
		assert_int_equal(keepalive_is_lost(&k, 0), rows[i].lost);
	}
	told = NULL;
	assert_false(keepalive_is_lost(&k, -1));
}

static const struct tcp_info lost = {
	.tcpi_unacked = 1, .tcpi_snd_wnd = 1, .tcpi_last_ack_recv = 121000};

static void a_stream_ends_when_its_client_is_lost(void **state)
{
	const struct pair p = connect_pair();
	static struct stream s;
	char line[8];

	(void)state;
	stream_init(&s, p.server, p.server, 600);
	told = &lost;
	polls = 1;
	assert_int_equal(stream_getline(&s, line, sizeof(line)), -1);
	assert_int_equal(s.status, STREAM_ERROR);
	close_pair(p);
}

static void output_is_dropped_when_its_client_is_lost(void **state)
{
	static const char text[STREAM_OUT_SIZE];
	const struct pair p = connect_pair();
	static struct stream s;

	(void)state;
	stream_init(&s, p.server, p.server, 600);
	told = &lost;
	polls = 1;
	while (!s.out_closed) /* until its buffer and ours are full */
		stream_write(&s, text, sizeof(text));
	assert_int_equal(s.status, STREAM_ERROR);
	assert_int_equal(polls, 0);
	close_pair(p);
}

/* A client that is paused, and acknowledges, has the idle timeout. */
static void a_client_that_lives_is_waited_for(void **state)
{
	const struct pair p = connect_pair();
	static struct stream s;
	char line[8];

	(void)state;
	stream_init(&s, p.server, p.server, 600);
	told = NULL;
	asked = 0;
	polls = 5;
	assert_int_equal(send(p.client, "a\r\n", 3, 0), 3);
	assert_int_equal(stream_getline(&s, line, sizeof(line)), 1);
	assert_int_equal(asked, 5);
	assert_int_equal(s.status, STREAM_OK);
	close_pair(p);
}

static void a_unix_socket_is_never_asked(void **state)
{
	static struct stream s;
	char line[8];
	int ends[2];

	(void)state;
	asked = 0;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	stream_init(&s, ends[0], ends[0], 0);
	assert_int_equal(stream_getline(&s, line, sizeof(line)), -1);
	assert_int_equal(s.status, STREAM_TIMEOUT);
	assert_int_equal(asked, 0);
	close_pair((struct pair){ends[0], ends[1]});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_has_two_minutes_whatever_the_host_says),
		cmocka_unit_test(there_is_no_user_timeout),
		cmocka_unit_test(shorter_times_stay),
		cmocka_unit_test(what_is_not_tcp_is_passed_over),
		cmocka_unit_test(who_is_lost),
		cmocka_unit_test(a_stream_ends_when_its_client_is_lost),
		cmocka_unit_test(output_is_dropped_when_its_client_is_lost),
		cmocka_unit_test(a_client_that_lives_is_waited_for),
		cmocka_unit_test(a_unix_socket_is_never_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

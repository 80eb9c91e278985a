/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "net/stream.h"

#define KEY 0x55 /* the carrier XORs each octet with it */

/*
 * A carrier that changes octets.  At random it does less than it is asked to,
 * and waits for either direction.
 */
static struct {
	uint64_t seed;
	unsigned int greetings; /* octets that begin still waits for */
	int fails;              /* errno of each function, or 0 */
	bool stuck; /* it always asks to wait, although it need not */
	bool eats;  /* it has none of the octets for us */
	bool said_goodbye;
} carrier;

static struct stream s;
static int peer;

static int again(short *events, short what)
{
	*events = support_below(&carrier.seed, 4) ? what : POLLOUT;
	errno = EAGAIN;
	return -1;
}

static int begin(void *context, short *events)
{
	char c;

	assert_ptr_equal(context, &carrier);
	for (; carrier.greetings > 0; carrier.greetings--) {
		if (stream_wire_read(&s, &c, 1) == 1)
			continue;
		if (s.status != STREAM_OK) {
			errno = EPROTO;
			return -1;
		}
		return again(events, POLLIN);
	}
	errno = carrier.fails;
	return carrier.fails ? -1 : 0;
}

static ssize_t get(void *context, void *buf, size_t n, short *events)
{
	unsigned char *p = buf;
	ssize_t i, got;

	assert_ptr_equal(context, &carrier);
	errno = carrier.fails;
	if (carrier.fails)
		return -1;
	while (carrier.eats && stream_wire_read(&s, buf, n) > 0)
		continue;
	if (carrier.eats)
		return errno == EAGAIN ? again(events, POLLIN) : -1;
	if (carrier.stuck || support_below(&carrier.seed, 3) == 0)
		return again(events, POLLOUT);
	got = stream_wire_read(&s, buf, 1 + support_below(&carrier.seed, n));
	if (got < 0)
		return again(events, POLLIN);
	for (i = 0; i < got; i++)
		p[i] ^= KEY;
	return got;
}

static ssize_t put(void *context, const void *buf, size_t n, short *events)
{
	const unsigned char *p = buf;
	unsigned char some[64];
	size_t i, k;
	ssize_t done;

	assert_ptr_equal(context, &carrier);
	errno = carrier.fails;
	if (carrier.fails)
		return -1;
	if (carrier.stuck)
		return again(events, POLLOUT);
	k = 1 + support_below(&carrier.seed, n < sizeof(some) ? n : 64);
	for (i = 0; i < k; i++)
		some[i] = p[i] ^ KEY;
	done = stream_wire_write(&s, some, k);
	return done < 0 ? again(events, POLLOUT) : done;
}

static int end(void *context, short *events)
{
	assert_ptr_equal(context, &carrier);
	if (support_below(&carrier.seed, 2))
		return again(events, POLLOUT);
	carrier.said_goodbye = true;
	return 0;
}

static const struct stream_carrier functions = {begin, get, put, end};

static void start(uint64_t seed, unsigned int greetings)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	peer = fd[1];
	stream_init(&s, fd[0], fd[0], 600);
	memset(&carrier, 0, sizeof(carrier));
	carrier.seed = seed;
	carrier.greetings = greetings;
}

static void stop(void)
{
	(void)close(s.fd_in);
	(void)close(peer);
}

static void client_sends(const char *text, unsigned char key)
{
	char c;

	for (; *text; text++) {
		c = (char)(*text ^ key);
		assert_int_equal(send(peer, &c, 1, 0), 1);
	}
}

static void next_line_is(const char *want)
{
	char line[256];

	assert_int_equal(stream_getline(&s, line, sizeof(line)), strlen(want));
	assert_string_equal(line, want);
}

static void lines_come_through_it(void **state)
{
	uint64_t seed;

	(void)state;
	for (seed = 0; seed < 300; seed++) {
		start(seed, 3);
		client_sends("hi!", 0);
		assert_true(stream_carry(&s, &functions, &carrier));
		client_sends("NOOP\r\nSTAT\r\nQUIT\r\n", KEY);
		next_line_is("NOOP");
		next_line_is("STAT");
		next_line_is("QUIT");
		assert_int_equal(s.in_total, 18);
		stop();
	}
}

static void answers_go_through_it(void **state)
{
	char text[2000], got[sizeof(text)];
	size_t i;

	(void)state;
	start(1, 0);
	assert_true(stream_carry(&s, &functions, &carrier));
	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)support_random(&carrier.seed);
	stream_write(&s, text, sizeof(text));
	stream_close(&s);
	assert_int_equal(s.out_total, sizeof(text));
	assert_true(carrier.said_goodbye);
	assert_int_equal(recv(peer, got, sizeof(got), MSG_WAITALL),
	                 sizeof(got));
	for (i = 0; i < sizeof(text); i++)
		assert_int_equal(got[i] ^ KEY, text[i]);
	stop();
}

/* Terminals and pipes are two descriptors, and no sockets. */
static void pipes_are_carried_too(void **state)
{
	int in[2], out[2];
	char got[4];

	(void)state;
	start(2, 1);
	stop();
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	stream_init(&s, in[0], out[1], 600);
	assert_int_equal(write(in[1], "h", 1), 1);
	assert_true(stream_carry(&s, &functions, &carrier));
	assert_int_equal(write(in[1], "\x1b\x5f", 2), 2); /* N, LF */
	next_line_is("N");
	stream_write(&s, "+OK\n", 4);
	stream_close(&s);
	assert_int_equal(read(out[0], got, 4), 4);
	assert_memory_equal(got, "\x7e\x1a\x1e\x5f", 4);
	(void)close(in[0]);
	(void)close(in[1]);
	(void)close(out[0]);
	(void)close(out[1]);
}

static void the_end_in_its_beginning_is_told(void **state)
{
	(void)state;
	start(3, 3);
	client_sends("h", 0);
	assert_int_equal(shutdown(peer, SHUT_WR), 0);
	assert_false(stream_carry(&s, &functions, &carrier));
	assert_int_equal(s.status, STREAM_EOF);
	stop();
}

static void its_failure_is_told(void **state)
{
	(void)state;
	start(4, 0);
	carrier.fails = EPROTO;
	assert_false(stream_carry(&s, &functions, &carrier));
	assert_int_equal(s.status, STREAM_ERROR);
	stop();
}

/* Nothing is sent but by the carrier. */
static void what_fails_later_is_lost(void **state)
{
	char line[64], c;

	(void)state;
	start(5, 0);
	assert_true(stream_carry(&s, &functions, &carrier));
	carrier.fails = EPROTO;
	client_sends("NOOP\r\n", KEY);
	assert_int_equal(stream_getline(&s, line, sizeof(line)), -1);
	assert_int_equal(s.status, STREAM_ERROR);
	stream_write(&s, "secret", 6);
	stream_close(&s);
	assert_true(s.out_closed);
	assert_int_equal(recv(peer, &c, 1, MSG_DONTWAIT), -1);
	assert_false(carrier.said_goodbye);
	stop();
}

static void its_beginning_has_a_deadline(void **state)
{
	(void)state;
	start(6, 2);
	client_sends("h", 0);
	s.until = deadline_now() + 20;
	assert_false(stream_carry(&s, &functions, &carrier));
	assert_int_equal(s.status, STREAM_TIMEOUT);
	stop();
}

/* The connection is always ready, but the carrier gets nothing done. */
static void what_never_gets_on_is_given_up(void **state)
{
	(void)state;
	start(8, 0);
	carrier.stuck = true;
	assert_true(stream_carry(&s, &functions, &carrier));
	s.idle_timeout = 1;
	stream_write(&s, "+OK\r\n", 5);
	stream_flush(&s);
	assert_true(s.out_closed);
	assert_int_equal(s.status, STREAM_TIMEOUT);
	s.status = STREAM_OK;
	s.until = deadline_now() + 20;
	assert_int_equal(stream_getline(&s, (char[8]){0}, 8), -1);
	assert_int_equal(s.status, STREAM_TIMEOUT);
	stop();
}

/* A client keeps the carrier busy. */
static void what_comes_late_is_not_got(void **state)
{
	char c;

	(void)state;
	start(7, 0);
	client_sends("hhh", 0);
	s.until = deadline_now();
	assert_int_equal(stream_wire_read(&s, &c, 1), -1);
	assert_int_equal(errno, ETIMEDOUT);
	assert_int_equal(s.status, STREAM_TIMEOUT);
	stop();
}

/* Sends that many octets while the stream reads.  Returns its status. */
static enum stream_status flood(size_t octets)
{
	static const char some[1024];
	char line[64];
	size_t n;

	for (n = 0; n < octets && s.status == STREAM_OK; n += sizeof(some)) {
		assert_int_equal(send(peer, some, sizeof(some), 0),
		                 sizeof(some));
		s.until = deadline_now() + 1;
		(void)stream_getline(&s, line, sizeof(line));
		if (s.status == STREAM_TIMEOUT)
			s.status = STREAM_OK;
	}
	return s.status;
}

/* As TLS with ever new keys, which cost much work and carry nothing. */
static void what_is_only_the_carriers_has_a_limit(void **state)
{
	(void)state;
	start(9, 0);
	assert_true(stream_carry(&s, &functions, &carrier));
	carrier.eats = true;
	assert_int_equal(flood(STREAM_WIRE_IDLE), STREAM_OK);
	assert_int_equal(flood(2048), STREAM_FLOOD);
	/* The carrier is intact, and may send a reply. */
	stream_write(&s, "-ERR", 4);
	stream_flush(&s);
	assert_false(s.out_closed);
	stop();
}

/* If some octets are for us, only in_limit counts. */
static void what_comes_for_it_in_all_has_a_limit(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		start(10, 0);
		assert_true(stream_carry(&s, &functions, &carrier));
		s.in_limit = i == 0 ? 65536 : UINT64_MAX;
		carrier.eats = true;
		assert_int_equal(flood(STREAM_WIRE_IDLE), STREAM_OK);
		carrier.eats = false;
		client_sends("NOOP\r\n", KEY);
		s.until = DEADLINE_NEVER;
		next_line_is("NOOP");
		carrier.eats = true;
		assert_int_equal(flood(STREAM_WIRE_IDLE - 1024), STREAM_OK);
		assert_int_equal(flood(1024),
		                 i == 0 ? STREAM_FLOOD : STREAM_OK);
		stop();
	}
}

static void its_beginning_has_a_limit(void **state)
{
	static const char some[1024];
	size_t n;

	(void)state;
	start(11, STREAM_WIRE_IDLE + 2048);
	for (n = 0; n < STREAM_WIRE_IDLE + 2048; n += sizeof(some))
		assert_int_equal(send(peer, some, sizeof(some), 0),
		                 sizeof(some));
	assert_false(stream_carry(&s, &functions, &carrier));
	assert_int_equal(s.status, STREAM_FLOOD);
	stop();
}

static void what_has_come_is_pending(void **state)
{
	(void)state;
	start(8, 0);
	assert_false(stream_pending(&s));
	client_sends("STLS\r\n", 0);
	assert_true(stream_pending(&s));
	next_line_is("STLS");
	assert_false(stream_pending(&s));
	client_sends("U", 0);
	assert_true(stream_pending(&s));
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_through_it),
		cmocka_unit_test(answers_go_through_it),
		cmocka_unit_test(pipes_are_carried_too),
		cmocka_unit_test(the_end_in_its_beginning_is_told),
		cmocka_unit_test(its_failure_is_told),
		cmocka_unit_test(what_fails_later_is_lost),
		cmocka_unit_test(its_beginning_has_a_deadline),
		cmocka_unit_test(what_never_gets_on_is_given_up),
		cmocka_unit_test(what_comes_late_is_not_got),
		cmocka_unit_test(what_is_only_the_carriers_has_a_limit),
		cmocka_unit_test(what_comes_for_it_in_all_has_a_limit),
		cmocka_unit_test(its_beginning_has_a_limit),
		cmocka_unit_test(what_has_come_is_pending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

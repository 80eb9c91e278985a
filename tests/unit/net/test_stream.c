/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include "net/stream.h"

static struct stream s;
static int peer; /* the client's end */

/*
 * Begins a stream over a socket.  With SOCK_SEQPACKET a read gets exactly what
 * one write sent, so that pieces arrive as they were cut.
 */
static void begin(int type, int idle_timeout)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, type, 0, fd), 0);
	peer = fd[1];
	stream_init(&s, fd[0], fd[0], idle_timeout);
}

static void end(void)
{
	(void)close(s.fd_in);
	(void)close(peer);
}

static void client_sends(const char *text, size_t n)
{
	assert_int_equal(send(peer, text, n, MSG_NOSIGNAL), n);
}

/* The client gets that text next, and no more. */
static void client_gets(const char *want)
{
	char buf[512];
	ssize_t n;

	n = recv(peer, buf, sizeof(buf), MSG_DONTWAIT);
	if (*want == '\0') {
		assert_int_equal(n, -1);
		assert_int_equal(errno, EAGAIN);
		return;
	}
	assert_int_equal(n, strlen(want));
	assert_memory_equal(buf, want, (size_t)n);
}

static void next_line_is(const char *want)
{
	char line[256];

	assert_int_equal(stream_getline(&s, line, sizeof(line)), strlen(want));
	assert_string_equal(line, want);
}

static void no_line_is_left(enum stream_status status)
{
	char line[256];

	assert_int_equal(stream_getline(&s, line, sizeof(line)), -1);
	assert_int_equal(s.status, status);
}

static void a_line_comes_without_its_end(void **state)
{
	static const char text[] = "USER a\r\nPASS b\n\r\n\nx\ry\r\r\n";

	(void)state;
	begin(SOCK_STREAM, 600);
	client_sends(text, sizeof(text) - 1);
	next_line_is("USER a");
	next_line_is("PASS b");
	next_line_is("");
	next_line_is("");
	next_line_is("x\ry\r");
	assert_int_equal(s.in_total, sizeof(text) - 1);
	end();
}

static void a_nul_is_an_octet_as_all_others(void **state)
{
	char line[8];

	(void)state;
	begin(SOCK_STREAM, 600);
	client_sends("a\0b\r\n", 5);
	assert_int_equal(stream_getline(&s, line, sizeof(line)), 3);
	assert_memory_equal(line, "a\0b", 4);
	end();
}

/* Text without a line end is no line. */
static void check_lines(const char *text, size_t n, size_t size)
{
	char line[16];
	const char *lf;
	size_t k;
	ssize_t got;

	for (; (lf = memchr(text, '\n', n)); n -= k, text += k) {
		k = (size_t)(lf - text) + 1;
		got = stream_getline(&s, line, size);
		if (k >= size) {
			assert_int_equal(got, STREAM_LINE_TOO_LONG);
			continue;
		}
		if (k > 1 && lf[-1] == '\r')
			lf--;
		assert_int_equal(got, lf - text);
		assert_true(memcmp(line, text, (size_t)got) == 0);
		assert_int_equal(line[got], '\0');
	}
	no_line_is_left(STREAM_EOF);
}

static void any_pieces_give_the_same_lines(void **state)
{
	static const char octets[] = {'\r', '\n', 'a', 'b', '\0', '\n'};
	uint64_t seed = 854;
	char text[64];
	unsigned int round;
	size_t i, n, k, at;

	(void)state;
	for (i = 0; i < 2000; i++) {
		n = support_below(&seed, sizeof(text));
		for (k = 0; k < n; k++)
			text[k] = octets[support_below(&seed, sizeof(octets))];
		for (round = 0; round < 3; round++) {
			begin(SOCK_SEQPACKET, 600);
			for (at = 0; at < n; at += k) {
				k = support_piece(&seed, round, n - at);
				client_sends(text + at, k);
			}
			(void)shutdown(peer, SHUT_WR);
			check_lines(text, n, 2 + support_below(&seed, 15));
			assert_int_equal(s.in_total, n);
			end();
		}
	}
}

/* RFC 2449, section 4: 255 octets with the CRLF */
static void a_line_of_256_octets_is_refused(void **state)
{
	char text[256], line[256];

	(void)state;
	begin(SOCK_STREAM, 600);
	memset(text, 'a', sizeof(text));
	client_sends(text, 253);
	client_sends("\r\n", 2);
	client_sends(text, 254);
	client_sends("\r\n", 2);
	client_sends(text, 254);
	client_sends("\n", 1);
	client_sends(text, 255);
	client_sends("\n", 1);
	client_sends("NOOP\r\n", 6);
	assert_int_equal(stream_getline(&s, line, sizeof(line)), 253);
	assert_int_equal(stream_getline(&s, line, sizeof(line)),
	                 STREAM_LINE_TOO_LONG);
	assert_int_equal(stream_getline(&s, line, sizeof(line)), 254);
	assert_int_equal(stream_getline(&s, line, sizeof(line)),
	                 STREAM_LINE_TOO_LONG);
	next_line_is("NOOP");
	end();
}

static void a_line_larger_than_the_buffer_is_read_to_its_end(void **state)
{
	char *text = malloc(100000), line[256];

	(void)state;
	assert_non_null(text);
	begin(SOCK_STREAM, 600);
	memset(text, 'a', 100000);
	text[99999] = '\n';
	client_sends(text, 100000);
	client_sends("NOOP\r\n", 6);
	assert_int_equal(stream_getline(&s, line, sizeof(line)),
	                 STREAM_LINE_TOO_LONG);
	next_line_is("NOOP");
	free(text);
	end();
}

static void the_end_is_told_and_stays(void **state)
{
	(void)state;
	begin(SOCK_STREAM, 600);
	client_sends("NOOP\r\nQUI", 9);
	(void)shutdown(peer, SHUT_WR);
	next_line_is("NOOP");
	no_line_is_left(STREAM_EOF);
	no_line_is_left(STREAM_EOF);
	end();
}

/* It has closed only the direction in which it sends. */
static void after_the_end_the_client_still_gets_its_answer(void **state)
{
	(void)state;
	begin(SOCK_STREAM, 600);
	(void)shutdown(peer, SHUT_WR);
	no_line_is_left(STREAM_EOF);
	stream_write(&s, "+OK\r\n", 5);
	stream_flush(&s);
	client_gets("+OK\r\n");
	end();
}

static void the_deadline_ends_the_wait(void **state)
{
	(void)state;
	begin(SOCK_STREAM, 600);
	client_sends("NOOP\r\nhalf a li", 15);
	s.until = deadline_now() + 30;
	next_line_is("NOOP");
	no_line_is_left(STREAM_TIMEOUT);
	assert_true(deadline_now() >= s.until);
	no_line_is_left(STREAM_TIMEOUT);
	end();
}

static void a_line_that_is_there_needs_no_time(void **state)
{
	(void)state;
	begin(SOCK_STREAM, 600);
	client_sends("NOOP\r\nNOOP\r\n", 12);
	s.until = deadline_now() - 1;
	next_line_is("NOOP");
	next_line_is("NOOP");
	no_line_is_left(STREAM_TIMEOUT);
	end();
}

static void *drip(void *stop)
{
	/* Send an octet every 100 ms, until told to stop. */
	struct pollfd p = {.fd = *(int *)stop, .events = POLLIN};

	while (poll(&p, 1, 100) == 0)
		(void)send(peer, "x", 1, MSG_NOSIGNAL);
	return NULL;
}

/* A client that sends an octet a minute must not stay for ever. */
static void a_line_must_be_whole_within_the_idle_timeout(void **state)
{
	deadline_t before = deadline_now();
	pthread_t thread;
	int stop[2];

	(void)state;
	begin(SOCK_STREAM, 1);
	assert_int_equal(pipe(stop), 0);
	assert_int_equal(pthread_create(&thread, NULL, drip, stop), 0);
	no_line_is_left(STREAM_TIMEOUT);
	assert_true(deadline_now() >= before + 1000);
	(void)close(stop[1]);
	assert_int_equal(pthread_join(thread, NULL), 0);
	(void)close(stop[0]);
	end();
}

/* It waits for the first octet, and for the rest of a line. */
static void each_wait_for_input_has_the_idle_timeout(void **state)
{
	deadline_t before = deadline_now();

	(void)state;
	begin(SOCK_STREAM, 1);
	client_sends("NOOP\r\n", 6);
	next_line_is("NOOP");
	no_line_is_left(STREAM_TIMEOUT);
	assert_true(deadline_now() >= before + 1000);
	end();
	before = deadline_now();
	begin(SOCK_STREAM, 1);
	client_sends("half a li", 9);
	no_line_is_left(STREAM_TIMEOUT);
	assert_true(deadline_now() >= before + 1000);
	end();
}

static void a_wait_for_input_sends_first_and_sees_the_end(void **state)
{
	(void)state;
	begin(SOCK_STREAM, 600);
	client_sends("A\r\n", 3);
	next_line_is("A");
	stream_write(&s, "+OK\r\n", 5);
	(void)shutdown(peer, SHUT_WR);
	no_line_is_left(STREAM_EOF);
	client_gets("+OK\r\n");
	end();
	begin(SOCK_STREAM, 600);
	s.until = deadline_now() + 30;
	no_line_is_left(STREAM_TIMEOUT);
	end();
}

static void *send_later(void *text)
{
	(void)usleep(50000);
	assert_true(write(peer, text, strlen(text)) > 0);
	return NULL;
}

static void next_line_comes_later(void)
{
	static char text[] = "LATER\r\n";
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, send_later, text), 0);
	next_line_is("LATER");
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void set_nonblocking(int fd)
{
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
}

/* Another process that shares the descriptor may set O_NONBLOCK. */
static void a_descriptor_that_does_not_block_is_waited_for(void **state)
{
	(void)state;
	begin(SOCK_STREAM, 600);
	set_nonblocking(s.fd_in);
	next_line_comes_later();
	client_sends("A\r\n", 3);
	next_line_is("A");
	next_line_comes_later();
	end();
	begin(SOCK_STREAM, 1);
	set_nonblocking(s.fd_in);
	no_line_is_left(STREAM_TIMEOUT);
	end();
}

static void more_octets_than_the_limit_are_a_flood(void **state)
{
	char text[101];

	(void)state;
	memset(text, 'a', sizeof(text));
	begin(SOCK_STREAM, 600);
	s.in_limit = 100;
	client_sends(text, 98);
	client_sends("\r\n", 2);
	assert_int_equal(stream_getline(&s, text, sizeof(text)), 98);
	client_sends("a", 1);
	no_line_is_left(STREAM_FLOOD);
	end();
}

static void a_batch_costs_one_write(void **state)
{
	(void)state;
	begin(SOCK_SEQPACKET, 600);
	client_sends("A\r\nB\r\nC", 7);
	next_line_is("A");
	stream_write(&s, "one", 3);
	client_gets("");
	next_line_is("B");
	stream_printf(&s, " %s%c%d%%", "tw", 'o', 2);
	client_gets("");
	client_sends("\r\n", 2);
	next_line_is("C");
	client_gets(""); /* it was there: no wait, so nothing is sent */
	s.until = deadline_now() + 30;
	no_line_is_left(STREAM_TIMEOUT);
	client_gets("one two2%");
	client_gets("");
	assert_int_equal(s.out_total, 9);
	end();
}

/* After a read that took everything, the next one waits first. */
static void a_reply_is_sent_before_the_next_batch_is_read(void **state)
{
	(void)state;
	begin(SOCK_STREAM, 600);
	client_sends("A\r\nB\r\n", 6);
	next_line_is("A");
	stream_write(&s, "one", 3);
	next_line_is("B");
	stream_write(&s, "two", 3);
	client_gets("");
	client_sends("C\r\n", 3);
	next_line_is("C");
	client_gets("onetwo");
	end();
}

static void what_is_reserved_and_committed_is_sent(void **state)
{
	char *p;

	(void)state;
	begin(SOCK_STREAM, 600);
	p = stream_reserve(&s, 10);
	memcpy(p, "0123456789", 10);
	stream_commit(&s, 4);
	p = stream_reserve(&s, STREAM_OUT_SIZE - 4);
	client_gets("");
	memset(p, 'x', STREAM_OUT_SIZE - 4);
	stream_commit(&s, 2);
	p = stream_reserve(&s, STREAM_OUT_SIZE); /* only when it is empty */
	client_gets("0123xx");
	memset(p, 'y', STREAM_OUT_SIZE);
	stream_commit(&s, 0);
	stream_flush(&s);
	client_gets("");
	end();
}

struct reader {
	int fd;
	char *buf;
	size_t n, size;
};

static void *read_all(void *arg)
{
	struct reader *r = arg;
	ssize_t n;

	while ((n = read(r->fd, r->buf + r->n, r->size - r->n)) > 0)
		r->n += (size_t)n;
	return NULL;
}

/* Writes more than all buffers hold to a client that reads, in pieces. */
static void send_much(int fd_out)
{
	struct reader r = {.fd = peer, .size = 3000001};
	char *text = malloc(r.size);
	pthread_t thread;
	uint64_t seed = 7;
	size_t at, k;

	r.buf = malloc(r.size);
	assert_true(text && r.buf);
	for (at = 0; at < r.size; at++)
		text[at] = (char)support_random(&seed);
	assert_int_equal(pthread_create(&thread, NULL, read_all, &r), 0);
	for (at = 0; at < 3000000; at += k) {
		k = 1 + support_below(&seed, 200000);
		k = k < 3000000 - at ? k : 3000000 - at;
		stream_write(&s, text + at, k);
	}
	stream_flush(&s);
	assert_int_equal(s.out_total, 3000000);
	assert_false(s.out_closed);
	(void)close(fd_out);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(r.n, 3000000);
	assert_true(memcmp(r.buf, text, r.n) == 0);
	free(text);
	free(r.buf);
}

static void much_output_comes_whole_over_a_socket(void **state)
{
	(void)state;
	begin(SOCK_STREAM, 600);
	send_much(s.fd_out);
	(void)close(peer);
}

static void much_output_comes_whole_over_a_pipe(void **state)
{
	int in[2], out[2];

	(void)state;
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	stream_init(&s, in[0], out[1], 600);
	assert_false(s.socket);
	peer = out[0];
	send_much(out[1]);
	(void)close(out[0]);
	(void)close(in[0]);
	(void)close(in[1]);
}

static void a_pipe_that_does_not_block_is_waited_for(void **state)
{
	int in[2], out[2];

	(void)state;
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	set_nonblocking(in[0]);
	set_nonblocking(out[1]);
	stream_init(&s, in[0], out[1], 600);
	peer = in[1];
	next_line_comes_later();
	peer = out[0];
	send_much(out[1]);
	(void)close(out[0]);
	(void)close(in[0]);
	(void)close(in[1]);
}

static void pipes_carry_commands_too(void **state)
{
	int in[2], out[2];
	char buf[64];

	(void)state;
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	stream_init(&s, in[0], out[1], 600);
	assert_int_equal(write(in[1], "A\r\nB\n", 5), 5);
	next_line_is("A");
	stream_write(&s, "one", 3);
	next_line_is("B");
	(void)close(in[1]);
	no_line_is_left(STREAM_EOF);
	stream_flush(&s);
	assert_int_equal(read(out[0], buf, sizeof(buf)), 3);
	(void)close(in[0]);
	(void)close(out[0]);
	(void)close(out[1]);
}

/* A client must take 64 KiB in each idle time, or it is given up. */
static void a_client_that_takes_nothing_is_given_up(void **state)
{
	deadline_t before = deadline_now();
	char *text = calloc(1, 1000000);

	(void)state;
	assert_non_null(text);
	begin(SOCK_STREAM, 1);
	client_sends("NOOP\r\nQUIT\r\n", 12);
	next_line_is("NOOP");
	stream_write(&s, text, 1000000);
	stream_write(&s, text, 1000000);
	stream_flush(&s);
	assert_true(s.out_closed);
	no_line_is_left(STREAM_TIMEOUT); /* RFC 1939, 3: no UPDATE */
	assert_true(deadline_now() >= before + 1000);
	assert_true(deadline_now() < before + 10000);
	free(text);
	end();
}

static void a_pipe_that_takes_nothing_is_given_up(void **state)
{
	int in[2], out[2];
	char *text = calloc(1, 1000000);

	(void)state;
	assert_non_null(text);
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	stream_init(&s, in[0], out[1], 1);
	stream_write(&s, text, 1000000);
	stream_flush(&s);
	assert_true(s.out_closed);
	free(text);
	(void)close(in[0]);
	(void)close(in[1]);
	(void)close(out[0]);
	(void)close(out[1]);
}

/* A QUIT counts even if the client hangs up right after it. */
static void commands_of_a_client_that_has_gone_are_read(void **state)
{
	(void)state;
	begin(SOCK_STREAM, 600);
	client_sends("A\r\nQUIT\r\n", 9);
	next_line_is("A");
	(void)close(peer);
	stream_write(&s, "+OK\r\n", 5);
	stream_flush(&s); /* no SIGPIPE */
	assert_true(s.out_closed);
	stream_write(&s, "+OK\r\n", 5);
	stream_flush(&s);
	assert_int_equal(s.out_total, 0);
	next_line_is("QUIT");
	assert_int_equal(stream_getline(&s, (char[8]){0}, 8), -1);
	assert_int_not_equal(s.status, STREAM_OK);
	(void)close(s.fd_in);
}

static void a_connection_that_is_lost_is_an_error(void **state)
{
	int file = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	stream_init(&s, file, file, 600);
	no_line_is_left(STREAM_ERROR); /* EISDIR */
	stream_write(&s, "x", 1);
	stream_flush(&s);
	assert_true(s.out_closed);
	(void)close(file);
}

/* A TCP connection: unread input at its end would lose the last reply */
static void begin_tcp(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t n = sizeof(in);
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&in, n), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&in, &n), 0);
	peer = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(peer, (struct sockaddr *)&in, n), 0);
	fd = accept(listener, NULL, NULL);
	assert_true(fd >= 0);
	(void)close(listener);
	stream_init(&s, fd, fd, 600);
}

static void *client_reads_and_closes(void *arg)
{
	ssize_t *total = arg, n;
	char buf[64];

	for (*total = 0; (n = recv(peer, buf, sizeof(buf), 0)) > 0;)
		*total += n;
	if (n < 0)
		*total = -1;
	(void)close(peer);
	return NULL;
}

static void the_last_reply_arrives_though_input_is_left(void **state)
{
	deadline_t before = deadline_now();
	pthread_t thread;
	ssize_t total;

	(void)state;
	begin_tcp();
	client_sends("A\r\nB\r\nC\r\n", 9);
	next_line_is("A");
	client_sends("D\r\n", 3);
	stream_write(&s, "-ERR\r\n", 6);
	assert_int_equal(
		pthread_create(&thread, NULL, client_reads_and_closes, &total),
		0);
	stream_close(&s);
	(void)close(s.fd_in);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(total, 6);
	assert_true(deadline_now() < before + 900); /* it did not wait */
}

static void a_client_that_stays_is_not_waited_for_long(void **state)
{
	deadline_t before = deadline_now();

	(void)state;
	begin(SOCK_STREAM, 600);
	stream_write(&s, "bye", 3);
	stream_close(&s);
	assert_true(deadline_now() < before + 5000);
	client_gets("bye");
	assert_int_equal(recv(peer, &(char){0}, 1, MSG_DONTWAIT), 0);
	end();
}

static void *send_for_ever(void *arg)
{
	static const char text[65536];

	(void)arg;
	while (send(peer, text, sizeof(text), MSG_NOSIGNAL) > 0)
		continue;
	return NULL;
}

static void a_client_that_goes_on_sending_is_left(void **state)
{
	deadline_t before = deadline_now();
	pthread_t thread;

	(void)state;
	begin(SOCK_STREAM, 600);
	assert_int_equal(pthread_create(&thread, NULL, send_for_ever, NULL), 0);
	stream_close(&s);
	assert_true(deadline_now() < before + 5000);
	(void)close(s.fd_in);
	assert_int_equal(pthread_join(thread, NULL), 0);
	(void)close(peer);
}

static void there_is_nothing_to_wait_for_after_the_end(void **state)
{
	deadline_t before = deadline_now();
	int in[2], out[2];

	(void)state;
	begin(SOCK_STREAM, 600);
	(void)shutdown(peer, SHUT_WR);
	no_line_is_left(STREAM_EOF);
	stream_write(&s, "bye", 3);
	stream_close(&s);
	client_gets("bye");
	end();
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	stream_init(&s, in[0], out[1], 600);
	stream_close(&s);
	assert_true(deadline_now() < before + 900);
	(void)close(in[0]);
	(void)close(in[1]);
	(void)close(out[0]);
	(void)close(out[1]);
}

static void what_has_been_read_can_be_wiped(void **state)
{
	(void)state;
	begin(SOCK_STREAM, 600);
	client_sends("PASS secret\r\nNOOP\r\n", 19);
	next_line_is("PASS secret");
	stream_forget(&s);
	assert_null(memmem(s.in, sizeof(s.in), "secret", 6));
	next_line_is("NOOP");
	end();
}

/* The second read overwrites only the beginning of the first. */
static void what_came_in_pieces_can_be_wiped(void **state)
{
	(void)state;
	begin(SOCK_SEQPACKET, 600);
	client_sends("PASS secret", 11);
	client_sends("\r\nNOOP\r\n", 8);
	next_line_is("PASS secret");
	stream_forget(&s);
	assert_null(memmem(s.in, sizeof(s.in), "cret", 4));
	next_line_is("NOOP");
	end();
}

static void a_text_too_long_to_print_is_cut(void **state)
{
	char text[5000];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	begin(SOCK_STREAM, 600);
	stream_printf(&s, "%s", text);
	stream_flush(&s);
	assert_true(s.out_total > 512 && s.out_total < sizeof(text));
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_comes_without_its_end),
		cmocka_unit_test(a_nul_is_an_octet_as_all_others),
		cmocka_unit_test(any_pieces_give_the_same_lines),
		cmocka_unit_test(a_line_of_256_octets_is_refused),
		cmocka_unit_test(
			a_line_larger_than_the_buffer_is_read_to_its_end),
		cmocka_unit_test(the_end_is_told_and_stays),
		cmocka_unit_test(
			after_the_end_the_client_still_gets_its_answer),
		cmocka_unit_test(the_deadline_ends_the_wait),
		cmocka_unit_test(a_line_that_is_there_needs_no_time),
		cmocka_unit_test(a_line_must_be_whole_within_the_idle_timeout),
		cmocka_unit_test(each_wait_for_input_has_the_idle_timeout),
		cmocka_unit_test(a_wait_for_input_sends_first_and_sees_the_end),
		cmocka_unit_test(
			a_descriptor_that_does_not_block_is_waited_for),
		cmocka_unit_test(a_pipe_that_does_not_block_is_waited_for),
		cmocka_unit_test(more_octets_than_the_limit_are_a_flood),
		cmocka_unit_test(a_batch_costs_one_write),
		cmocka_unit_test(a_reply_is_sent_before_the_next_batch_is_read),
		cmocka_unit_test(what_is_reserved_and_committed_is_sent),
		cmocka_unit_test(much_output_comes_whole_over_a_socket),
		cmocka_unit_test(much_output_comes_whole_over_a_pipe),
		cmocka_unit_test(pipes_carry_commands_too),
		cmocka_unit_test(a_client_that_takes_nothing_is_given_up),
		cmocka_unit_test(a_pipe_that_takes_nothing_is_given_up),
		cmocka_unit_test(commands_of_a_client_that_has_gone_are_read),
		cmocka_unit_test(a_connection_that_is_lost_is_an_error),
		cmocka_unit_test(the_last_reply_arrives_though_input_is_left),
		cmocka_unit_test(a_client_that_stays_is_not_waited_for_long),
		cmocka_unit_test(a_client_that_goes_on_sending_is_left),
		cmocka_unit_test(there_is_nothing_to_wait_for_after_the_end),
		cmocka_unit_test(what_has_been_read_can_be_wiped),
		cmocka_unit_test(what_came_in_pieces_can_be_wiped),
		cmocka_unit_test(a_text_too_long_to_print_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sysexits.h>

#include "net/connection.h"

#define USAGE                                                                  \
	"standard input is no connection: onepop is started by systemd or "    \
	"inetd for each connection (see onepop(8))"
#define LISTENS                                                                \
	"the socket is a listening one: the unit must say Accept=yes (inetd: " \
	"nowait)"
#define DATAGRAM "a datagram socket: POP3 needs a stream"
#define NO_FD    "the descriptor of LISTEN_FDS is not a socket"
#define MANY                                                                   \
	"LISTEN_FDS is not 1: the service must be handed one connection "      \
	"(Accept=yes)"

/* What a process found out about its connection. */
struct outcome {
	int status;
	char why[128];
	struct connection c;
	bool nodelay, hushed;
	bool listen_fds; /* it is still in the environment */
};

/* Functions that make descriptor 0 or 3. */
typedef int make_fn(void);

static int make_stream(void)
{
	int ends[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 ? -1 : ends[0];
}

static int make_datagram(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0);
}

static int make_packets(void)
{
	int ends[2];

	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0 ? -1 : ends[0];
}

static int make_listener(void)
{
	int fd;

	fd = socket(AF_INET, SOCK_STREAM, 0);
	return fd < 0 || listen(fd, 1) < 0 ? -1 : fd;
}

/* Connects to the listener; the other end is left open. */
static int connect_to(int listener)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t n = sizeof(at);
	int fd;

	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || getsockname(listener, (struct sockaddr *)&at, &n) < 0)
		return -1;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(fd, (struct sockaddr *)&at, n) < 0 ? -1 : fd;
}

static int make_tcp(void)
{
	int listener;

	listener = make_listener();
	return connect_to(listener) < 0 ? -1 : accept(listener, NULL, NULL);
}

/* The client resets the connection before it is served. */
static int make_gone(void)
{
	const struct linger none = {1, 0};
	int listener, from, to;

	listener = make_listener();
	from = connect_to(listener);
	to = accept(listener, NULL, NULL);
	if (setsockopt(from, SOL_SOCKET, SO_LINGER, &none, sizeof(none)) < 0)
		return -1;
	return close(from) < 0 ? -1 : to;
}

static int make_pipe(void)
{
	int ends[2];

	return pipe(ends) < 0 ? -1 : ends[0];
}

static int make_terminal(void)
{
	int master;

	master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return -1;
	return open(ptsname(master), O_RDWR | O_NOCTTY);
}

static int make_null(void)
{
	return open("/dev/null", O_RDWR);
}

static int make_file(void)
{
	return support_file("", 0);
}

static int make_directory(void)
{
	return open("/", O_RDONLY);
}

struct start {
	make_fn *input;    /* NULL: closed */
	make_fn *handed;   /* by systemd, or NULL */
	const char *fds;   /* LISTEN_FDS, or NULL */
	bool other;        /* LISTEN_PID is another process */
	int status, fd_in; /* the expected result */
	const char *why;
};

static const struct start starts[] = {
	{make_stream, NULL, NULL, false, EX_OK, 0, ""},
	{make_tcp, NULL, NULL, false, EX_OK, 0, ""},
	{make_gone, NULL, NULL, false, EX_OK, 0, ""},
	{make_pipe, NULL, NULL, false, EX_OK, 0, ""},
	{make_terminal, NULL, NULL, false, EX_OK, 0, ""},
	{make_listener, NULL, NULL, false, EX_CONFIG, 0, LISTENS},
	{make_datagram, NULL, NULL, false, EX_CONFIG, 0, DATAGRAM},
	{make_packets, NULL, NULL, false, EX_CONFIG, 0, DATAGRAM},
	{make_null, NULL, NULL, false, EX_USAGE, 0, USAGE},
	{make_file, NULL, NULL, false, EX_USAGE, 0, USAGE},
	{make_directory, NULL, NULL, false, EX_USAGE, 0, USAGE},
	{NULL, NULL, NULL, false, EX_USAGE, 0, USAGE},
	/* Handed over */
	{make_null, make_tcp, "1", false, EX_OK, 3, ""},
	{make_null, make_stream, "1", false, EX_OK, 3, ""},
	{make_null, make_listener, "1", false, EX_CONFIG, 0, LISTENS},
	{make_null, make_datagram, "1", false, EX_CONFIG, 0, DATAGRAM},
	{make_null, make_pipe, "1", false, EX_CONFIG, 0, NO_FD},
	{make_null, make_tcp, "2", false, EX_CONFIG, 0, MANY},
	{make_null, make_tcp, "x", false, EX_CONFIG, 0, MANY},
	{make_null, NULL, "1", false, EX_CONFIG, 0, MANY}, /* not open */
	/* To an ancestor */
	{make_stream, make_stream, "1", true, EX_OK, 0, ""},
	{make_null, make_stream, "1", true, EX_USAGE, 0, USAGE},
};

static bool is_on(int fd, int level, int name)
{
	socklen_t n = sizeof(int);
	int value = 0;

	return getsockopt(fd, level, name, &value, &n) == 0 && value;
}

/* Returns whether what is printed goes to /dev/null, not to the client. */
static bool is_hushed(void)
{
	struct stat st;

	return fstat(STDOUT_FILENO, &st) == 0 && S_ISCHR(st.st_mode) &&
	       fstat(STDERR_FILENO, &st) == 0 && S_ISCHR(st.st_mode);
}

/* Makes descriptor n by the function, or closes it. */
static void put(make_fn *make, int n)
{
	int fd;

	fd = make ? make() : -1;
	if (make ? fd < 0 || dup2(fd, n) < 0 : close(n) < 0 && n < 3)
		_exit(100 + n);
}

static void find(const struct start *s, struct outcome *o)
{
	const char *why = "";
	char pid[16];

	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid() - s->other);
	if (s->fds && (setenv("LISTEN_PID", pid, 1) < 0 ||
	               setenv("LISTEN_FDS", s->fds, 1) < 0))
		_exit(99);
	/* As inetd, make all three descriptors the connection. */
	if (dup2(s->handed ? 3 : 0, STDOUT_FILENO) >= 0)
		(void)dup2(STDOUT_FILENO, STDERR_FILENO);
	o->status = connection_find(&o->c, &why);
	(void)snprintf(o->why, sizeof(o->why), "%s", why);
	o->nodelay = is_on(o->c.fd_in, IPPROTO_TCP, TCP_NODELAY);
	o->hushed = is_hushed();
	o->listen_fds = getenv("LISTEN_FDS") != NULL;
}

/* Runs it in another process, whose result comes through a pipe. */
static struct outcome try(const struct start *s)
{
	struct outcome o = {.status = -1};
	int ends[2];
	pid_t child;

	child = support_fork(ends);
	if (child == 0) {
		if (dup2(ends[1], 200) < 0)
			_exit(98);
		closefrom(201);
		put(s->input, 0);
		put(s->handed, 3);
		find(s, &o);
		_exit(write(200, &o, sizeof(o)) != sizeof(o));
	}
	support_reap(child, 0);
	assert_int_equal(read(ends[0], &o, sizeof(o)), sizeof(o));
	assert_int_equal(close(ends[0]), 0);
	assert_int_equal(close(ends[1]), 0);
	return o;
}

static void each_way_to_be_started_is_told_apart(void **state)
{
	struct outcome o;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(starts); i++) {
		o = try(&starts[i]);
		assert_string_equal(o.why, starts[i].why);
		assert_int_equal(o.status, starts[i].status);
		if (o.status == EX_OK)
			assert_int_equal(o.c.fd_in, starts[i].fd_in);
	}
}

static void a_socket_is_used_both_ways(void **state)
{
	const struct start s = {.input = make_tcp};
	struct outcome o;

	(void)state;
	o = try(&s);
	assert_int_equal(o.c.fd_in, 0);
	assert_int_equal(o.c.fd_out, 0);
	assert_true(o.c.socket);
	assert_true(o.nodelay);
}

static void a_pipe_is_used_with_standard_output(void **state)
{
	const struct start s = {.input = make_pipe};
	struct outcome o;

	(void)state;
	o = try(&s);
	assert_int_equal(o.c.fd_in, 0);
	assert_int_equal(o.c.fd_out, 1);
	assert_false(o.c.socket);
	assert_false(o.hushed);
}

static void what_is_printed_does_not_reach_the_client(void **state)
{
	const struct start inetd = {.input = make_stream};
	const struct start handed = {make_null, make_stream, "1", .status = 0};

	(void)state;
	assert_true(try(&inetd).hushed);
	assert_true(try(&handed).hushed);
}

static void systemds_variables_are_not_passed_on(void **state)
{
	const struct start s = {make_null, make_stream, "1", .status = 0};

	(void)state;
	assert_false(try(&s).listen_fds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_to_be_started_is_told_apart),
		cmocka_unit_test(a_socket_is_used_both_ways),
		cmocka_unit_test(a_pipe_is_used_with_standard_output),
		cmocka_unit_test(what_is_printed_does_not_reach_the_client),
		cmocka_unit_test(systemds_variables_are_not_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * client PORT USER PASSWORD STEP... does the steps of a session with a POP3
 * server on 127.0.0.1, makes sure that each answer is +OK and complete, and
 * prints of each step, as it ends, its name, its seconds, and the octets that
 * came.
 *
 *   greet login stat quit    one command, or two
 *   list uidl                all messages
 *   retr[/N]                 the first N-th part of the messages, each after
 *                            the one before, as an ordinary client does it
 *   pipe[/N]                 the same, up to WINDOW commands at once
 *   top[/N]                  TOP with no lines of every N-th message, that way
 *   dele[/N]                 also that way
 *   hold                     waits for a line on standard input, or its end
 *
 * No option of the socket is set: Nagle's algorithm and delayed
 * acknowledgements are as everyone has them.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define WINDOW   100
#define PATIENCE 300 /* seconds */

static const char line_end[] = "\r\n";
static const char text_end[] = "\r\n.\r\n";

static struct {
	int fd;
	in_port_t port;
	const char *user, *password;
	unsigned long count; /* messages, by STAT */
	char buf[1 << 20];
	size_t n;  /* octets in buf */
	size_t at; /* of them taken by stream */
	unsigned long long octets;
} c;

static const char *step;

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what)
{
	(void)fprintf(stderr, "client: %s: %s: \"%.60s\"\n", step, what, c.buf);
	exit(1);
}

static void say(const char *text, size_t n)
{
	if (send(c.fd, text, n, MSG_NOSIGNAL) != (ssize_t)n)
		fail("cannot send");
}

static void hear(void)
{
	ssize_t n;

	if (c.n == sizeof(c.buf))
		fail("no line");
	n = recv(c.fd, c.buf + c.n, sizeof(c.buf) - c.n, 0);
	if (n <= 0)
		fail("the connection ended");
	c.octets += (unsigned long long)n;
	c.n += (size_t)n;
}

static void hear_more(void)
{
	if (c.n > sizeof(c.buf) / 2 && c.at > 0) {
		c.n -= c.at;
		memmove(c.buf, c.buf + c.at, c.n);
		c.at = 0;
	}
	hear();
}

/*
 * The one answer that is on its way.  Its end mark can stand nowhere but at
 * its end, so nothing else is looked at.
 */
static void await(const char *end)
{
	size_t size = strlen(end);

	c.n = 0;
	while (c.n < 3)
		hear();
	if (memcmp(c.buf, "+OK", 3) != 0)
		fail("refused");
	while (c.n < size || memcmp(c.buf + c.n - size, end, size) != 0) {
		if (c.n > sizeof(c.buf) / 2) {
			memmove(c.buf, c.buf + c.n - size, size);
			c.n = size;
		}
		hear();
	}
}

static void ask(const char *command, const char *argument, const char *end)
{
	char line[600];
	int n;

	n = snprintf(line, sizeof(line), "%s%s%s\r\n", command,
	             *argument ? " " : "", argument);
	say(line, (size_t)n);
	await(end);
}

/* Takes the first of several answers out of the buffer. */
static void take(const char *end)
{
	size_t size = strlen(end), looked;
	char *found;

	while (c.n - c.at < 3)
		hear_more();
	if (memcmp(c.buf + c.at, "+OK", 3) != 0)
		fail("refused");
	while (!(found = memmem(c.buf + c.at, c.n - c.at, end, size))) {
		looked = c.n - c.at < size ? 0 : c.n - c.at - size + 1;
		c.at += looked;
		hear_more();
	}
	c.at = (size_t)(found - c.buf) + size;
}

/* All those commands up to the last message's, so many at once. */
static void stream(const char *verb, const char *rest, unsigned long every,
                   unsigned long last, const char *end)
{
	unsigned long sent = 1, due = 1;
	char text[WINDOW * 32];
	size_t n;

	c.n = c.at = 0;
	while (due <= last) {
		n = 0;
		for (; sent <= last && sent < due + WINDOW * every;
		     sent += every)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			                      "%s %lu%s\r\n", verb, sent, rest);
		if (n > 0)
			say(text, n);
		do {
			take(end);
			due += every;
		} while (due < sent && sent - due > WINDOW / 2 * every);
	}
}

static void greet(unsigned long every)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_port = c.port};
	struct timeval patience = {.tv_sec = PATIENCE};

	(void)every;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c.fd < 0 ||
	    setsockopt(c.fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	               sizeof(patience)) < 0 ||
	    connect(c.fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail("cannot connect");
	await(line_end);
}

static void log_in(unsigned long every)
{
	(void)every;
	ask("USER", c.user, line_end);
	ask("PASS", c.password, line_end);
}

static void take_stat(unsigned long every)
{
	(void)every;
	ask("STAT", "", line_end);
	c.buf[c.n - 1] = '\0';
	c.count = strtoul(c.buf + strlen("+OK "), NULL, 10);
}

static void list(unsigned long every)
{
	(void)every;
	ask("LIST", "", text_end);
}

static void uidl(unsigned long every)
{
	(void)every;
	ask("UIDL", "", text_end);
}

static void top(unsigned long every)
{
	stream("TOP", " 0", every, c.count, text_end);
}

static void retrieve(unsigned long every)
{
	char number[32];
	unsigned long i;

	for (i = 1; i <= c.count / every; i++) {
		(void)snprintf(number, sizeof(number), "%lu", i);
		ask("RETR", number, text_end);
	}
}

static void pipeline(unsigned long every)
{
	stream("RETR", "", 1, c.count / every, text_end);
}

static void drop(unsigned long every)
{
	stream("DELE", "", every, c.count, line_end);
}

static void hold(unsigned long every)
{
	int octet;

	(void)every;
	do
		octet = getchar();
	while (octet != '\n' && octet != EOF);
}

static void quit(unsigned long every)
{
	(void)every;
	ask("QUIT", "", line_end);
}

static const struct {
	const char *name;
	void (*run)(unsigned long every);
} steps[] = {
	{"greet", greet},   {"login", log_in},  {"stat", take_stat},
	{"list", list},     {"uidl", uidl},     {"top", top},
	{"retr", retrieve}, {"pipe", pipeline}, {"dele", drop},
	{"hold", hold},     {"quit", quit},
};

static void run(const char *text)
{
	size_t length = strcspn(text, "/"), i;
	unsigned long every = 1;
	double begun;

	if (text[length])
		every = strtoul(text + length + 1, NULL, 10);
	step = text;
	c.octets = 0;
	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		if (strlen(steps[i].name) != length ||
		    strncmp(steps[i].name, text, length) != 0)
			continue;
		begun = now();
		steps[i].run(every);
		(void)printf("%s %.6f %llu\n", steps[i].name, now() - begun,
		             c.octets);
		return;
	}
	fail("no such step");
}

int main(int argc, char **argv)
{
	int i;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 4)
		return 1;
	c.port = htons((in_port_t)strtoul(argv[1], NULL, 10));
	c.user = argv[2];
	c.password = argv[3];
	for (i = 4; i < argc; i++)
		run(argv[i]);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * Lines come out of the stream as they went in, however they were cut, and all
 * that is written goes out, however little the socket takes.
 *
 * Input: the space for a line, in two octets; how many octets may come, in two
 * octets, 0 for any number; the text.  Each line is written back.
 *
 * Wraps: recv send poll getsockopt shutdown
 */
#include "fuzz.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "net/stream.h"

#define MOST 65536

static struct stream stream;
static struct fuzz_input client;
static uint64_t seed;
static int round_of;
static char sent[2 * MOST];
static size_t sent_n;

ssize_t __wrap_recv(int fd, void *buf, size_t n, int flags);
ssize_t __wrap_send(int fd, const void *buf, size_t n, int flags);
int __wrap_poll(struct pollfd *p, nfds_t n, int timeout);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *n);
int __wrap_shutdown(int fd, int how);

/* Is the socket not ready this time? */
static bool is_ready(void)
{
	errno = fuzz_random(&seed) % 2 ? EAGAIN : EINTR;
	return round_of == 0 || fuzz_random(&seed) % 4;
}

ssize_t __wrap_recv(int fd, void *buf, size_t n, int flags)
{
	size_t k;

	FUZZ_CHECK(fd == 5 && flags & MSG_DONTWAIT);
	if (client.n == 0)
		return 0;
	if (!is_ready())
		return -1;
	k = fuzz_piece(&seed, round_of, client.n < n ? client.n : n);
	memcpy(buf, client.p, k);
	client.p += k;
	client.n -= k;
	return (ssize_t)k;
}

ssize_t __wrap_send(int fd, const void *buf, size_t n, int flags)
{
	FUZZ_CHECK(fd == 6 && flags & MSG_NOSIGNAL && n > 0);
	if (!is_ready())
		return -1;
	n = fuzz_piece(&seed, round_of, n);
	FUZZ_CHECK(n <= sizeof(sent) - sent_n);
	memcpy(sent + sent_n, buf, n);
	sent_n += n;
	return (ssize_t)n;
}

int __wrap_poll(struct pollfd *p, nfds_t n, int timeout)
{
	FUZZ_CHECK(n == 1 && timeout != 0);
	p->revents = p->events;
	return 1;
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *n)
{
	(void)fd;
	(void)level;
	(void)name;
	(void)value;
	(void)n;
	return 0;
}

int __wrap_shutdown(int fd, int how)
{
	(void)how;
	FUZZ_CHECK(fd == 6);
	return 0;
}

/* Returns the octets of the text's next line, or -1 or -2 as the stream. */
static ssize_t next_line(struct fuzz_input *text, size_t size,
                         const uint8_t **line)
{
	const uint8_t *lf = text->n ? memchr(text->p, '\n', text->n) : NULL;
	size_t n = lf ? (size_t)(lf - text->p) : 0;

	*line = text->p;
	if (!lf)
		return -1;
	text->p += n + 1;
	text->n -= n + 1;
	if (n + 1 >= size)
		return STREAM_LINE_TOO_LONG;
	return (ssize_t)(n > 0 && lf[-1] == '\r' ? n - 1 : n);
}

/* Reads lines until they end, and notes in want what must be sent. */
static size_t copy_lines(struct fuzz_input text, size_t size, char *want)
{
	const uint8_t *expected;
	size_t want_n = 0;
	ssize_t n, k;
	char *line;

	for (;;) {
		line = malloc(size);
		FUZZ_CHECK(line);
		n = stream_getline(&stream, line, size);
		if (n == -1) {
			free(line);
			return want_n;
		}
		k = next_line(&text, size, &expected);
		FUZZ_CHECK(n == k);
		if (n >= 0) {
			FUZZ_CHECK(memcmp(line, expected, (size_t)n) == 0);
			FUZZ_CHECK(line[n] == '\0');
			stream_write(&stream, line, (size_t)n);
			memcpy(want + want_n, line, (size_t)n);
			want_n += (size_t)n;
		}
		free(line);
	}
}

static void check(const struct fuzz_input *in, size_t size, uint64_t limit)
{
	static char want[MOST];
	size_t n;

	client = *in;
	seed = in->n;
	sent_n = 0;
	stream_init(&stream, 5, 6, 600);
	if (limit > 0)
		stream.in_limit = limit;
	n = copy_lines(*in, size, want);
	if (limit > 0 && in->n > limit)
		FUZZ_CHECK(stream.status == STREAM_FLOOD);
	else
		FUZZ_CHECK(stream.status == STREAM_EOF);
	stream_close(&stream);
	FUZZ_CHECK(sent_n == n && memcmp(sent, want, n) == 0);
	FUZZ_CHECK(stream.out_total == n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	size_t room = (size_t)fuzz_number(&in, 2) % 600 + 2;
	uint64_t limit = fuzz_number(&in, 2);

	if (in.n > MOST)
		in.n = MOST;
	for (round_of = 0; round_of < FUZZ_ROUNDS; round_of++)
		check(&in, room, limit);
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/stream.h"

#define LINGER         1000 /* milliseconds that stream_close reads on */
#define LINGER_OCTETS  (1 << 20)
#define PIPE_WRITE_MAX 4096 /* octets that a ready pipe takes at once */

void stream_init(struct stream *s, int fd_in, int fd_out, int idle_timeout)
{
	int type;
	socklen_t n = sizeof(type);

	s->status = STREAM_OK;
	s->out_closed = false;
	s->carrier = NULL;
	s->context = NULL;
	s->fd_in = fd_in;
	s->fd_out = fd_out;
	s->socket = getsockopt(fd_out, SOL_SOCKET, SO_TYPE, &type, &n) == 0;
	s->drained = s->socket; /* most clients wait for our greeting */
	s->keepalive = keepalive_start(fd_out);
	s->idle_timeout = idle_timeout;
	s->until = DEADLINE_NEVER;
	s->in_total = s->out_total = 0;
	s->wire_total = s->wire_idle = 0;
	s->in_limit = UINT64_MAX;
	s->in_pos = s->in_len = s->in_used = s->out_len = 0;
}

/*
 * Waits as poll does, but returns -1, too, as soon as the client has vanished.
 */
static int wait_for_client(const struct stream *s, struct pollfd *p,
                           deadline_t until)
{
	const int interval = s->keepalive.interval;
	deadline_t look;
	int n;

	do {
		look = interval ? deadline_in(interval) : DEADLINE_NEVER;
		n = poll(p, 1, deadline_left(look < until ? look : until));
		if (n == 0 && interval &&
		    keepalive_is_lost(&s->keepalive, p->fd))
			return -1;
	} while ((n < 0 && errno == EINTR) ||
	         (n == 0 && deadline_left(until) != 0));
	return n;
}

/* Waits for POLLIN or POLLOUT.  Returns false if the status has changed. */
static bool wait_for(struct stream *s, short events, deadline_t until)
{
	struct pollfd p = {.fd = events == POLLIN ? s->fd_in : s->fd_out,
	                   .events = events};
	const int n = wait_for_client(s, &p, until);

	if (n > 0)
		return true;
	s->status = n == 0 ? STREAM_TIMEOUT : STREAM_ERROR;
	return false;
}

/*
 * As wait_for, after an attempt that was ready but got nothing done: ends at
 * the deadline even if poll would say again and again that it is ready.
 */
static bool wait_again(struct stream *s, short events, deadline_t until)
{
	if (deadline_left(until) != 0)
		return wait_for(s, events, until);
	s->status = STREAM_TIMEOUT;
	return false;
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* As read(2), without waiting. */
static ssize_t receive_octets(struct stream *s, void *buf, size_t n)
{
	struct pollfd p = {.fd = s->fd_in, .events = POLLIN};

	if (s->socket)
		return recv(s->fd_in, buf, n, MSG_DONTWAIT);
	if (poll(&p, 1, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	return read(s->fd_in, buf, n);
}

/* As write(2).  Waits only for a pipe that is not ready. */
static ssize_t send_octets(struct stream *s, const void *buf, size_t n)
{
	if (s->socket)
		return send(s->fd_out, buf, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	return write(s->fd_out, buf, n < PIPE_WRITE_MAX ? n : PIPE_WRITE_MAX);
}

/* Reads into s->in, through the carrier if there is one. */
static ssize_t read_input(struct stream *s, short *events)
{
	*events = POLLIN;
	if (s->carrier)
		return s->carrier->read(s->context, s->in, sizeof(s->in),
		                        events);
	return receive_octets(s, s->in, sizeof(s->in));
}

ssize_t stream_wire_read(void *stream, void *buf, size_t n)
{
	struct stream *s = stream;
	ssize_t got;

	if (s->wire_idle > STREAM_WIRE_IDLE ||
	    (s->wire_total > STREAM_WIRE_IDLE &&
	     s->wire_total - STREAM_WIRE_IDLE > s->in_limit)) {
		/* EAGAIN leaves the carrier intact, to send the reply. */
		s->status = STREAM_FLOOD;
		errno = EAGAIN;
		return -1;
	}
	if (s->until != DEADLINE_NEVER && deadline_left(s->until) == 0) {
		s->status = STREAM_TIMEOUT;
		errno = ETIMEDOUT;
		return -1;
	}
	got = receive_octets(s, buf, n);
	if (got == 0)
		s->status = STREAM_EOF;
	if (got > 0) {
		s->wire_total += (uint64_t)got;
		s->wire_idle += (uint64_t)got;
	}
	return got;
}

ssize_t stream_wire_write(void *stream, const void *buf, size_t n)
{
	struct stream *s = stream;
	struct pollfd p = {.fd = s->fd_out, .events = POLLOUT};

	if (!s->socket && poll(&p, 1, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	return send_octets(s, buf, n);
}

bool stream_carry(struct stream *s, const struct stream_carrier *c,
                  void *context)
{
	short events = POLLIN;

	s->carrier = c;
	s->context = context;
	s->drained = false;
	while (c->begin(context, &events) < 0) {
		if (!would_block()) {
			if (s->status == STREAM_OK)
				s->status = STREAM_ERROR;
			return false;
		}
		if (s->status != STREAM_OK || !wait_again(s, events, s->until))
			return false;
	}
	return true;
}

void stream_flush(struct stream *s)
{
	deadline_t until = deadline_in(s->idle_timeout);
	bool ready = s->socket; /* a socket need not be asked by poll */
	size_t done = 0;
	short events;
	ssize_t n;

	while (!s->out_closed && done < s->out_len) {
		if (!ready && !wait_for(s, POLLOUT, until)) {
			s->out_closed = true;
			break;
		}
		events = POLLOUT;
		n = s->carrier
		            ? s->carrier->write(s->context, s->out + done,
		                                s->out_len - done, &events)
		            : send_octets(s, s->out + done, s->out_len - done);
		if (n > 0) {
			done += (size_t)n;
			s->out_total += (uint64_t)n;
		} else if (n == 0 || !would_block() ||
		           !wait_again(s, events, until)) {
			s->out_closed = true;
		}
		ready = s->socket || n < 0;
	}
	s->out_len = 0;
}

typedef bool wait_fn(struct stream *s, short events, deadline_t until);

/* Sends the output, and waits for input. */
static void wait_for_input(struct stream *s, short events, deadline_t *until,
                           wait_fn *wait)
{
	stream_flush(s);
	if (*until == DEADLINE_NEVER)
		*until = deadline_in(s->idle_timeout);
	if (s->status == STREAM_OK)
		(void)wait(s, events, *until);
}

/* Counts n octets that have come into s->in.  Returns whether all is well. */
static bool count_input(struct stream *s, size_t n)
{
	s->in_pos = 0;
	s->in_len = n;
	s->in_used = n > s->in_used ? n : s->in_used;
	/* A carrier may hold more, of which poll knows nothing. */
	s->drained = s->socket && !s->carrier && n < sizeof(s->in) &&
	             s->in[n - 1] == '\n';
	s->in_total += (uint64_t)n;
	s->wire_idle = 0;
	if (s->in_total > s->in_limit)
		s->status = STREAM_FLOOD;
	return s->status == STREAM_OK;
}

/* Reads more input.  Returns false if the status has changed. */
static bool read_more(struct stream *s, deadline_t *until)
{
	short events = POLLIN;
	ssize_t n = -1;

	if (s->drained)
		wait_for_input(s, events, until, wait_for);
	while (n < 0 && s->status == STREAM_OK) {
		n = read_input(s, &events);
		if (n == 0)
			s->status = STREAM_EOF;
		else if (n < 0 && would_block())
			wait_for_input(s, events, until, wait_again);
		else if (n < 0 && s->status == STREAM_OK)
			s->status = STREAM_ERROR;
	}
	return s->status == STREAM_OK && count_input(s, (size_t)n);
}

bool stream_pending(struct stream *s)
{
	short events;
	ssize_t n;

	if (s->in_pos == s->in_len) {
		n = read_input(s, &events);
		if (n > 0)
			(void)count_input(s, (size_t)n);
	}
	return s->in_pos < s->in_len;
}

/*
 * Moves the next piece of a line from the input to line, which already has *n
 * octets.  Returns whether it was the last piece.
 */
static bool move_piece(struct stream *s, char *line, size_t size, size_t *n)
{
	const char *start = s->in + s->in_pos, *lf;
	size_t k;

	lf = memchr(start, '\n', s->in_len - s->in_pos);
	k = lf ? (size_t)(lf - start) + 1 : s->in_len - s->in_pos;
	if (*n + k < size)
		memcpy(line + *n, start, k);
	s->in_pos += k;
	*n += k;
	return lf != NULL;
}

ssize_t stream_getline(struct stream *s, char *line, size_t size)
{
	deadline_t until = s->until;
	size_t n = 0;

	if (s->status == STREAM_TIMEOUT)
		return -1; /* lines that have come no longer count */
	while (!move_piece(s, line, size, &n))
		if (!read_more(s, &until))
			return -1;
	if (n >= size)
		return STREAM_LINE_TOO_LONG;
	n--;
	if (n > 0 && line[n - 1] == '\r')
		n--;
	line[n] = '\0';
	return (ssize_t)n;
}

void stream_forget(struct stream *s)
{
	explicit_bzero(s->in, s->in_pos);
	explicit_bzero(s->in + s->in_len, s->in_used - s->in_len);
	s->in_used = s->in_len;
}

static void end_carrier(struct stream *s, deadline_t until)
{
	short events = POLLOUT;

	while (s->carrier->end(s->context, &events) < 0 && would_block() &&
	       wait_again(s, events, until))
		;
}

void stream_close(struct stream *s)
{
	deadline_t until = deadline_now() + LINGER;
	size_t total = 0;
	ssize_t n = 1;

	stream_flush(s);
	if (s->carrier && !s->out_closed)
		end_carrier(s, until);
	if (!s->socket || s->out_closed || s->status == STREAM_EOF)
		return;
	(void)shutdown(s->fd_out, SHUT_WR);
	s->status = STREAM_OK;
	while (total < LINGER_OCTETS && n != 0 && wait_for(s, POLLIN, until)) {
		n = receive_octets(s, s->in, sizeof(s->in));
		if (n < 0 && !would_block())
			break;
		total += n > 0 ? (size_t)n : 0;
	}
}

char *stream_reserve(struct stream *s, size_t n)
{
	if (n > sizeof(s->out) - s->out_len)
		stream_flush(s);
	return s->out + s->out_len;
}

void stream_commit(struct stream *s, size_t n)
{
	s->out_len += n;
}

void stream_write(struct stream *s, const void *buf, size_t n)
{
	size_t k;

	for (; n > 0; buf = (const char *)buf + k, n -= k) {
		k = n < sizeof(s->out) ? n : sizeof(s->out);
		memcpy(stream_reserve(s, k), buf, k);
		stream_commit(s, k);
	}
}

void stream_printf(struct stream *s, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n > 0)
		stream_write(s, text,
		             (size_t)n < sizeof(text) ? (size_t)n
		                                      : sizeof(text) - 1);
}

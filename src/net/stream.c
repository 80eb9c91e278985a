#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/stream.h"

#define STREAM_LINGER        1000 /* milliseconds for a client to take the end */
#define STREAM_LINGER_OCTETS (1 << 20)
#define PIECE                4096 /* what a pipe or terminal that is ready takes at once */

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
	s->drained = s->socket; /* it waits for our greeting, as a rule */
	s->idle_timeout = idle_timeout;
	s->until = DEADLINE_NEVER;
	s->in_total = s->out_total = 0;
	s->wire_total = s->wire_idle = 0;
	s->in_limit = UINT64_MAX;
	s->in_pos = s->in_len = s->in_used = s->out_len = 0;
}

/* Waits for POLLIN or POLLOUT; the status tells where that does not come. */
static bool wait_for(struct stream *s, short events, deadline_t until)
{
	struct pollfd p = {.fd = events == POLLIN ? s->fd_in : s->fd_out,
	                   .events = events};
	int n;

	do
		n = poll(&p, 1, deadline_left(until));
	while (n < 0 && errno == EINTR);
	if (n > 0)
		return true;
	s->status = n == 0 ? STREAM_TIMEOUT : STREAM_ERROR;
	return false;
}

/*
 * The same after an attempt that got nothing done: not when the time is over,
 * for what is ready then may be so for ever.
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

/* Reads what is there: its octets; 0 at the end; -1 with errno. */
static ssize_t receive(struct stream *s, void *buf, size_t n)
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

static ssize_t transmit(struct stream *s, const void *buf, size_t n)
{
	if (s->socket)
		return send(s->fd_out, buf, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	return write(s->fd_out, buf, n < PIECE ? n : PIECE);
}

/* The same, through the carrier; *events is what to wait for. */
static ssize_t get(struct stream *s, short *events)
{
	*events = POLLIN;
	if (s->carrier)
		return s->carrier->get(s->context, s->in, sizeof(s->in),
		                       events);
	return receive(s, s->in, sizeof(s->in));
}

static ssize_t put(struct stream *s, const void *buf, size_t n, short *events)
{
	*events = POLLOUT;
	if (s->carrier)
		return s->carrier->put(s->context, buf, n, events);
	return transmit(s, buf, n);
}

/* Has more come for the carrier than its own needs and the limit explain? */
static bool is_wire_flood(const struct stream *s)
{
	return s->wire_idle > STREAM_WIRE_IDLE ||
	       (s->wire_total > STREAM_WIRE_IDLE &&
	        s->wire_total - STREAM_WIRE_IDLE > s->in_limit);
}

/* A carrier may read on and on and have nothing for us: not for ever. */
ssize_t stream_wire_get(void *stream, void *buf, size_t n)
{
	struct stream *s = stream;
	ssize_t got;

	if (is_wire_flood(s)) {
		/* Nothing is wrong with the carrier: it brings the reply. */
		s->status = STREAM_FLOOD;
		errno = EAGAIN;
		return -1;
	}
	if (s->until != DEADLINE_NEVER && deadline_left(s->until) == 0) {
		s->status = STREAM_TIMEOUT;
		errno = ETIMEDOUT;
		return -1;
	}
	got = receive(s, buf, n);
	if (got == 0)
		s->status = STREAM_EOF;
	if (got > 0) {
		s->wire_total += (uint64_t)got;
		s->wire_idle += (uint64_t)got;
	}
	return got;
}

/* A pipe or terminal that is not ready would wait. */
ssize_t stream_wire_put(void *stream, const void *buf, size_t n)
{
	struct stream *s = stream;
	struct pollfd p = {.fd = s->fd_out, .events = POLLOUT};

	if (!s->socket && poll(&p, 1, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	return transmit(s, buf, n);
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
	bool ready = s->socket; /* a socket says itself when it is not */
	short events = POLLOUT;
	size_t done = 0;
	ssize_t n;

	while (!s->out_closed && done < s->out_len) {
		if (!ready && !wait_for(s, POLLOUT, until)) {
			s->out_closed = true;
			break;
		}
		n = put(s, s->out + done, s->out_len - done, &events);
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

/* Nothing is there: sends what is to be sent, and waits. */
static void wait_for_input(struct stream *s, short events, deadline_t *until,
                           wait_fn *wait)
{
	stream_flush(s);
	if (*until == DEADLINE_NEVER)
		*until = deadline_in(s->idle_timeout);
	if (s->status == STREAM_OK)
		(void)wait(s, events, *until);
}

/* Takes n octets that have come into the buffer. */
static bool take_in(struct stream *s, size_t n)
{
	s->in_pos = 0;
	s->in_len = n;
	s->in_used = n > s->in_used ? n : s->in_used;
	/* A carrier may have more, of which the descriptor does not tell. */
	s->drained = s->socket && !s->carrier && n < sizeof(s->in) &&
	             s->in[n - 1] == '\n';
	s->in_total += (uint64_t)n;
	s->wire_idle = 0;
	if (s->in_total > s->in_limit)
		s->status = STREAM_FLOOD;
	return s->status == STREAM_OK;
}

/* Reads more input.  Returns false where the status has changed. */
static bool fill(struct stream *s, deadline_t *until)
{
	short events = POLLIN;
	ssize_t n = -1;

	if (s->drained)
		wait_for_input(s, events, until, wait_for);
	while (n < 0 && s->status == STREAM_OK) {
		n = get(s, &events);
		if (n == 0)
			s->status = STREAM_EOF;
		else if (n < 0 && would_block())
			wait_for_input(s, events, until, wait_again);
		else if (n < 0 && s->status == STREAM_OK)
			s->status = STREAM_ERROR;
	}
	return s->status == STREAM_OK && take_in(s, (size_t)n);
}

bool stream_pending(struct stream *s)
{
	short events;
	ssize_t n;

	if (s->in_pos == s->in_len) {
		n = get(s, &events);
		if (n > 0)
			(void)take_in(s, (size_t)n);
	}
	return s->in_pos < s->in_len;
}

/* Takes the line's next piece out of the input; true if it is the last. */
static bool take(struct stream *s, char *line, size_t size, size_t *n)
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
		return -1; /* whatever has come is not to be done any more */
	while (!take(s, line, size, &n))
		if (!fill(s, &until))
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
	deadline_t until = deadline_now() + STREAM_LINGER;
	size_t total = 0;
	ssize_t n = 1;

	stream_flush(s);
	if (s->carrier && !s->out_closed)
		end_carrier(s, until);
	if (!s->socket || s->out_closed || s->status == STREAM_EOF)
		return;
	(void)shutdown(s->fd_out, SHUT_WR);
	s->status = STREAM_OK;
	while (total < STREAM_LINGER_OCTETS && n != 0 &&
	       wait_for(s, POLLIN, until)) {
		n = receive(s, s->in, sizeof(s->in));
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

/* SPDX-License-Identifier: ISC */
/*
 * A buffered two-way stream of octets to the client, with a sticky status.
 * After the end, a timeout or an error of the input nothing more is read;
 * when the client takes no more output, all of it is dropped.  Callers need not
 * check each write; they look at the status once a command.
 *
 * Output is sent when the buffer is full, and before waiting for input.  Input
 * is first read without waiting, unless the last read ended with a line and
 * found nothing more: a batch of pipelined commands costs one write.
 *
 * A client that has hung up may have sent commands before, such as QUIT: they
 * are still read.  After a timeout all commands are dropped, even those that
 * came before (RFC 1939, section 3: no UPDATE).
 */
#ifndef ONEPOP_STREAM_H
#define ONEPOP_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/deadline.h"
#include "net/keepalive.h"

enum stream_status {
	STREAM_OK,
	STREAM_EOF,     /* the client has closed its end */
	STREAM_TIMEOUT, /* no line came, or no output was taken, in time */
	STREAM_FLOOD,   /* more came than in_limit or STREAM_WIRE_IDLE allow */
	STREAM_ERROR    /* the connection is lost, or the client has vanished */
};

/*
 * A layer between the stream and the connection: TLS.  None of its functions
 * waits: it returns -1 with EAGAIN, and in *events what to wait for, POLLIN or
 * POLLOUT.
 */
struct stream_carrier {
	/* Shakes hands.  Returns 0 when both sides are ready, or -1. */
	int (*begin)(void *context, short *events);
	/* As read(2) and write(2). */
	ssize_t (*read)(void *context, void *buf, size_t n, short *events);
	ssize_t (*write)(void *context, const void *buf, size_t n,
	                 short *events);
	/* Says that no more output follows.  Returns 0, or -1. */
	int (*end)(void *context, short *events);
};

/*
 * Octets that a carrier may read from the connection in a row while it has
 * none for us: a handshake, or messages of TLS itself, which cost more work
 * than they bring.  In all it may read in_limit + STREAM_WIRE_IDLE octets.
 * Beyond these limits the status is STREAM_FLOOD.
 */
#define STREAM_WIRE_IDLE 65536

#define STREAM_LINE_TOO_LONG (-2)
#define STREAM_OUT_SIZE      65536

struct stream {
	enum stream_status status;
	bool out_closed; /* the client takes no more output */
	int fd_in, fd_out;
	bool socket;  /* both are one socket; else a terminal or pipes */
	bool drained; /* the last read ended with a line, and nothing more was
	                 there: wait before the next one */
	const struct stream_carrier *carrier; /* or NULL */
	void *context;                        /* the carrier's */
	struct keepalive keepalive;
	int idle_timeout;    /* seconds for each 64 KiB of output, and for each
	                        line of input without a deadline */
	deadline_t until;    /* for all lines together; or DEADLINE_NEVER */
	uint64_t in_total;   /* octets received */
	uint64_t out_total;  /* octets sent; those in out are not */
	uint64_t in_limit;   /* octets that may be received */
	uint64_t wire_total; /* octets that the carrier has read */
	uint64_t wire_idle;  /* of these, since it last had some for us */
	size_t in_pos, in_len; /* unread octets: in[in_pos..in_len) */
	size_t in_used; /* in[0..in_used) has had input; see stream_forget */
	size_t out_len; /* unsent octets: out[0..out_len) */
	char in[16384];
	char out[STREAM_OUT_SIZE];
};

/*
 * fd_in and fd_out may be one.  There is no deadline and no limit yet.  Starts
 * TCP's keep-alive.
 */
void stream_init(struct stream *s, int fd_in, int fd_out, int idle_timeout);

/*
 * Lets the carrier shake hands, by s->until, and carry everything from then
 * on.  Flush output before.  Returns false, with the reason in s->status, if
 * the handshake failed: from then on only the carrier may send.
 */
bool stream_carry(struct stream *s, const struct stream_carrier *c,
                  void *context);

/*
 * For the carrier: reads and writes the connection itself, as read(2) and
 * write(2) but without waiting (-1 with EAGAIN).  After s->until nothing is
 * read (ETIMEDOUT), nor after a flood (EAGAIN); the status says so.
 */
ssize_t stream_wire_read(void *stream, void *buf, size_t n);
ssize_t stream_wire_write(void *stream, const void *buf, size_t n);

/* Returns whether more input has come than the lines that were taken. */
bool stream_pending(struct stream *s);

/*
 * Reads a line, without its CRLF or LF, and ends it with a NUL.  Returns its
 * octets; -1 if the status has changed; or STREAM_LINE_TOO_LONG for a line
 * that, with its end, does not fit into size - 1 octets: all of it was read.
 */
ssize_t stream_getline(struct stream *s, char *line, size_t size);

/* Wipes the input that was read, because a password was in it. */
void stream_forget(struct stream *s);

void stream_write(struct stream *s, const void *buf, size_t n);
void stream_printf(struct stream *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * stream_reserve returns a place in the output buffer for n octets, at most
 * STREAM_OUT_SIZE.  The caller writes there, then calls stream_commit with the
 * number of octets written.
 */
char *stream_reserve(struct stream *s, size_t n);
void stream_commit(struct stream *s, size_t n);

/* Sends the output, within idle_timeout for each 64 KiB. */
void stream_flush(struct stream *s);

/*
 * Sends the output and says that no more follows.  Then reads what the client
 * still sends, for a second at most: if a TCP connection is closed with unread
 * input, the client may lose the last reply.
 */
void stream_close(struct stream *s);

#endif

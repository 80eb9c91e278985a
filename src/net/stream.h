/*
 * A buffered, two-way stream of octets to the client, with a sticky status:
 * after an end, timeout or error of the input nothing more is read; once
 * the client takes no more output all of it is dropped.  So callers need not
 * check each write, but only look at the status once a command.
 *
 * Output is sent when the buffer is full, or when the input has been taken,
 * its last read found nothing more and ended with a line: a batch of
 * pipelined commands costs one write.  A client that has gone may have left
 * commands behind (QUIT): they are still read.  Of one whose time is over
 * nothing is (RFC 1939, section 3: no UPDATE).
 */
#ifndef ONEPOP_STREAM_H
#define ONEPOP_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/deadline.h"

enum stream_status {
	STREAM_OK,
	STREAM_EOF,     /* the client has closed its end */
	STREAM_TIMEOUT, /* it sends no line, or takes nothing */
	STREAM_FLOOD,   /* it sent more than stream.in_limit, or for a carrier
	                   more than STREAM_WIRE_IDLE lets it */
	STREAM_ERROR    /* the connection is lost */
};

/*
 * What carries the octets where it is not the connection alone: TLS.  None
 * of these waits: where one would have to it returns -1 with EAGAIN, and in
 * *events what to wait for, POLLIN or POLLOUT.
 */
struct stream_carrier {
	/* 0 once both sides are ready; -1 */
	int (*begin)(void *context, short *events);
	/* As read and write */
	ssize_t (*get)(void *context, void *buf, size_t n, short *events);
	ssize_t (*put)(void *context, const void *buf, size_t n, short *events);
	/* Says goodbye: 0, or -1 */
	int (*end)(void *context, short *events);
};

/*
 * Octets that may come for a carrier without any for us: a handshake, or
 * messages of TLS alone, which cost more than they bring.  What comes for it
 * in all may exceed in_limit by as much.  Beyond that it is a STREAM_FLOOD.
 */
#define STREAM_WIRE_IDLE 65536

#define STREAM_LINE_TOO_LONG (-2)
#define STREAM_OUT_SIZE      65536

struct stream {
	enum stream_status status;
	bool out_closed; /* the client takes no more */
	int fd_in, fd_out;
	bool drained; /* the last read took all there was, to a line's end:
	                 the next waits, and does not try first */
	bool socket;  /* else a terminal or a pipe */
	const struct stream_carrier *carrier; /* or NULL */
	void *context;                        /* the carrier's */
	int idle_timeout;  /* seconds in which 64 KiB of output must move, and
	                      in which a line must come: see until */
	deadline_t until;  /* for all lines; DEADLINE_NEVER: each line has
	                      idle_timeout from the end of what was sent */
	uint64_t in_total; /* octets received and sent */
	uint64_t out_total;
	uint64_t in_limit;     /* no more than so many octets may come */
	uint64_t wire_total;   /* octets that came for the carrier */
	uint64_t wire_idle;    /* of them, since it had some for us */
	size_t in_pos, in_len; /* unread octets: in[in_pos..in_len) */
	size_t in_used;        /* octets came up to there; see stream_forget */
	size_t out_len;        /* unsent octets: out[0..out_len) */
	char in[16384];
	char out[STREAM_OUT_SIZE];
};

/* fd_in and fd_out may be one.  No deadline and no limit are set. */
void stream_init(struct stream *s, int fd_in, int fd_out, int idle_timeout);

/*
 * Has the carrier carry all from here on, once it has begun, by s->until.
 * Returns false where that failed: the status tells how, and nothing more is
 * sent but by the carrier.  What was to be sent before must have been.
 */
bool stream_carry(struct stream *s, const struct stream_carrier *c,
                  void *context);

/*
 * For the carrier, the connection itself: as read and write, but without
 * waiting: -1 with EAGAIN.  Nothing is got once s->until is over, or after a
 * flood (EAGAIN, and the status).
 */
ssize_t stream_wire_get(void *stream, void *buf, size_t n);
ssize_t stream_wire_put(void *stream, const void *buf, size_t n);

/* Has more come than the lines that were taken? */
bool stream_pending(struct stream *s);

/*
 * Reads a line, without its CRLF or LF, and ends it with a NUL.  Returns its
 * octets; -1 where the status has changed; STREAM_LINE_TOO_LONG for one that
 * has, with its line end, more octets than size - 1; it is read to its end.
 */
ssize_t stream_getline(struct stream *s, char *line, size_t size);

/* Wipes the input that has been read: a password was in it. */
void stream_forget(struct stream *s);

void stream_write(struct stream *s, const void *buf, size_t n);
void stream_printf(struct stream *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * A place in the output buffer for n octets, at most STREAM_OUT_SIZE, to be
 * written by the caller, who then says how many they became.
 */
char *stream_reserve(struct stream *s, size_t n);
void stream_commit(struct stream *s, size_t n);

/* Sends what is left, within idle_timeout for each 64 KiB. */
void stream_flush(struct stream *s);

/*
 * Sends what is left and says that no more follows.  What the client still
 * sends is read, for a moment: closing a TCP connection over input that was
 * not read would take the last reply back.
 */
void stream_close(struct stream *s);

#endif

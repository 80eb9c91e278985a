/* SPDX-License-Identifier: ISC */
/*
 * Finds out that the client at the other end of a TCP connection has vanished:
 * its host has no power or network any more, so no packet ends the connection.
 *
 * The kernel's keep-alive asks a client that is silent, but only while it has
 * acknowledged all that was sent.  Otherwise keepalive_is_lost looks when the
 * last packet came.  TCP_USER_TIMEOUT would end the connection of a client,
 * too, that lives and only reads nothing for a while.
 */
#ifndef ONEPOP_KEEPALIVE_H
#define ONEPOP_KEEPALIVE_H

#include <stdbool.h>

struct keepalive {
	int interval; /* seconds between two calls of keepalive_is_lost; 0: it
	                 is not TCP, and need not be called */
	int most;     /* seconds of silence, after which a client is gone */
};

/*
 * Turns keep-alive on, if fd is a TCP connection: the first question after 60
 * seconds, then one every 20 seconds, and the end after three without an
 * answer.  Where the host or the socket has shorter times, these stay.
 */
struct keepalive keepalive_start(int fd);

/*
 * Returns whether the client has vanished, though the kernel still repeats what
 * it has not acknowledged.  Makes one system call, getsockopt(TCP_INFO).
 */
bool keepalive_is_lost(const struct keepalive *k, int fd);

#endif

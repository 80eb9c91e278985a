/* SPDX-License-Identifier: ISC */
/*
 * Finds the one connection that this process was started for: standard input,
 * or the descriptor that systemd hands over.
 */
#ifndef ONEPOP_CONNECTION_H
#define ONEPOP_CONNECTION_H

#include <stdbool.h>

struct connection {
	int fd_in, fd_out; /* they differ for a terminal or a pair of pipes */
	bool socket;
};

/*
 * Finds the connection.  Output on a TCP connection is sent at once from here
 * on.  If standard output or error is the same socket, which inetd does, it
 * becomes /dev/null.
 *
 * Returns 0; or an exit status of sysexits.h with the problem in words in
 * *problem: a listening socket, a datagram socket, or no connection at all.
 */
int connection_find(struct connection *c, const char **problem);

#endif

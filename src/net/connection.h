/*
 * The one connection this process was started for: standard input, or the
 * descriptor systemd hands over in LISTEN_FDS.
 */
#ifndef ONEPOP_CONNECTION_H
#define ONEPOP_CONNECTION_H

#include <stdbool.h>

struct connection {
	int fd_in, fd_out; /* the same, but for a terminal or a pair of pipes */
	bool socket;
};

/*
 * Finds the connection, and sets a TCP one to send at once.  Returns 0, or
 * an exit status of sysexits.h with a sentence in *why: a listening socket,
 * a datagram socket, or something that is no connection.
 */
int connection_find(struct connection *c, const char **why);

#endif

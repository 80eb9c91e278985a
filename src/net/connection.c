/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/activation.h"
#include "base/module.h"
#include "net/connection.h"
#include "net/systemd.h"

/* Returns a socket-level option, or -1 if fd is not a socket. */
static int read_option(int fd, int name)
{
	socklen_t n = sizeof(int);
	int value;

	if (getsockopt(fd, SOL_SOCKET, name, &value, &n) < 0)
		return -1;
	return value;
}

/*
 * inetd makes the connection standard output and error, too: the client would
 * read what a PAM module prints.  Returns 0, or -1 with errno.
 */
static int detach_output(int connection)
{
	struct stat st, other;
	int fd, null, ret = 0;

	if (fstat(connection, &st) < 0)
		return -1;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return -1;
	for (fd = STDOUT_FILENO; fd <= STDERR_FILENO && ret >= 0; fd++)
		if (fstat(fd, &other) == 0 && other.st_dev == st.st_dev &&
		    other.st_ino == st.st_ino)
			ret = dup2(null, fd);
	(void)close(null);
	return ret < 0 ? -1 : 0;
}

/* Also accepts a socket whose client has hung up. */
static int prepare_socket(struct connection *c, int fd, int type,
                          const char **problem)
{
	int on = 1;

	if (type != SOCK_STREAM) {
		*problem = "a datagram socket: POP3 needs a stream";
		return EX_CONFIG;
	}
	if (read_option(fd, SO_ACCEPTCONN) == 1) {
		*problem = "the socket is a listening one: "
			   "the unit must say Accept=yes (inetd: nowait)";
		return EX_CONFIG;
	}
	if (detach_output(fd) < 0) {
		*problem = "/dev/null cannot be opened";
		return EX_OSERR;
	}
	/* Optional; ignore failure. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	*c = (struct connection){.fd_in = fd, .fd_out = fd, .socket = true};
	return EX_OK;
}

/* Asks libsystemd how many descriptors were handed over. */
static int count_descriptors(int *ret, const char **problem)
{
	void *symbol;

	*ret = 0;
	if (!activation_is_ours())
		return EX_OK;
	symbol = module_symbol(SYSTEMD_FDS_MODULE, SYSTEMD_FDS_SYMBOL, problem);
	if (symbol == NULL)
		return EX_UNAVAILABLE;
	*ret = ((systemd_fds_fn *)symbol)();
	if (*ret == 0 || *ret == 1)
		return EX_OK;
	*problem = "LISTEN_FDS is not 1: "
		   "the service must be handed one connection (Accept=yes)";
	return EX_CONFIG;
}

int connection_find(struct connection *c, const char **problem)
{
	int handed, status, fd, type;
	struct stat st;

	status = count_descriptors(&handed, problem);
	if (status != EX_OK)
		return status;
	fd = handed == 1 ? SYSTEMD_FIRST : STDIN_FILENO;
	type = read_option(fd, SO_TYPE);
	if (type >= 0)
		return prepare_socket(c, fd, type, problem);
	if (handed == 1) {
		*problem = "the descriptor of LISTEN_FDS is not a socket";
		return EX_CONFIG;
	}
	if (isatty(STDIN_FILENO) ||
	    (fstat(STDIN_FILENO, &st) == 0 && S_ISFIFO(st.st_mode))) {
		*c = (struct connection){STDIN_FILENO, STDOUT_FILENO, false};
		return EX_OK;
	}
	*problem = "standard input is no connection: onepop is started by "
		   "systemd or inetd for each connection (see onepop(8))";
	return EX_USAGE;
}

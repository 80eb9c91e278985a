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

/* One of a socket's own options, or -1 where it is no socket. */
static int option(int fd, int name)
{
	socklen_t n = sizeof(int);
	int value;

	if (getsockopt(fd, SOL_SOCKET, name, &value, &n) < 0)
		return -1;
	return value;
}

/* Is that descriptor the same socket? */
static bool is_same(int fd, const struct stat *st)
{
	struct stat other;

	return fstat(fd, &other) == 0 && other.st_dev == st->st_dev &&
	       other.st_ino == st->st_ino;
}

/*
 * inetd makes the connection standard output and error too: what a PAM
 * module prints would be read by the client.
 */
static int hush(int connection)
{
	struct stat st;
	int fd, null, ret = 0;

	if (fstat(connection, &st) < 0)
		return -1;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return -1;
	for (fd = STDOUT_FILENO; fd <= STDERR_FILENO && ret >= 0; fd++)
		if (is_same(fd, &st))
			ret = dup2(null, fd);
	(void)close(null);
	return ret < 0 ? -1 : 0;
}

/* Takes a socket for the connection; one that is gone already, too. */
static int take_socket(struct connection *c, int fd, int type, const char **why)
{
	int on = 1;

	if (type != SOCK_STREAM) {
		*why = "a datagram socket: POP3 needs a stream";
		return EX_CONFIG;
	}
	if (option(fd, SO_ACCEPTCONN) == 1) {
		*why = "the socket is a listening one: "
		       "the unit must say Accept=yes (inetd: nowait)";
		return EX_CONFIG;
	}
	if (hush(fd) < 0) {
		*why = "/dev/null cannot be opened";
		return EX_OSERR;
	}
	/* Where these are not to be had, the session only has less comfort. */
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	*c = (struct connection){.fd_in = fd, .fd_out = fd, .socket = true};
	return EX_OK;
}

/* Asks libsystemd how many descriptors were handed over. */
static int count_descriptors(int *ret, const char **why)
{
	void *symbol;

	*ret = 0;
	if (!activation_is_ours())
		return EX_OK;
	symbol = module_symbol(SYSTEMD_FDS_MODULE, SYSTEMD_FDS_SYMBOL, why);
	if (symbol == NULL)
		return EX_UNAVAILABLE;
	*ret = ((systemd_fds_fn *)symbol)();
	if (*ret == 0 || *ret == 1)
		return EX_OK;
	*why = "LISTEN_FDS is not 1: "
	       "the service must be handed one connection (Accept=yes)";
	return EX_CONFIG;
}

int connection_find(struct connection *c, const char **why)
{
	struct stat st;
	int handed, status, fd, type;

	status = count_descriptors(&handed, why);
	if (status != EX_OK)
		return status;
	fd = handed == 1 ? SYSTEMD_FIRST : STDIN_FILENO;
	type = option(fd, SO_TYPE);
	if (type >= 0)
		return take_socket(c, fd, type, why);
	if (handed == 1) {
		*why = "what LISTEN_FDS hands over is no socket";
		return EX_CONFIG;
	}
	if (isatty(STDIN_FILENO) ||
	    (fstat(STDIN_FILENO, &st) == 0 && S_ISFIFO(st.st_mode))) {
		*c = (struct connection){STDIN_FILENO, STDOUT_FILENO, false};
		return EX_OK;
	}
	*why = "standard input is no connection: onepop is started by "
	       "systemd or inetd for each connection (see onepop(8))";
	return EX_USAGE;
}

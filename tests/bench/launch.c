/* SPDX-License-Identifier: ISC */
/*
 * launch [--nodelay] COMMAND... starts COMMAND for each connection to a port
 * of 127.0.0.1, with the connection as standard input and output, one at a
 * time, by fork and exec and nothing else.  With --nodelay Nagle's algorithm
 * is off before that.  Prints "port N", and for each connection "pid N" and,
 * once it has ended, "cpu SECONDS" of it and its children.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int listen_somewhere(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);
	int fd;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 ||
	    listen(fd, SOMAXCONN) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return -1;
	printf("port %d\n", ntohs(address.sin_port));
	return fd;
}

static pid_t start(int fd, char **command)
{
	pid_t pid;

	pid = fork();
	if (pid != 0)
		return pid;
	if (dup2(fd, STDIN_FILENO) >= 0 && dup2(fd, STDOUT_FILENO) >= 0)
		(void)execv(command[0], command);
	_exit(127);
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static int serve(int fd, char **command)
{
	struct rusage used;
	int status;
	pid_t pid;

	pid = start(fd, command);
	(void)close(fd);
	if (pid < 0)
		return -1;
	printf("pid %d\n", (int)pid);
	if (wait4(pid, &status, 0, &used) < 0)
		return -1;
	printf("cpu %.6f\n", seconds(used.ru_utime) + seconds(used.ru_stime));
	return status == 127 << 8 ? -1 : 0;
}

static int take(int listener, int nodelay)
{
	int fd;

	do
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (fd >= 0 && nodelay &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &nodelay,
	               sizeof(nodelay)) < 0)
		return -1;
	return fd;
}

int main(int argc, char **argv)
{
	int nodelay, listener, fd;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	nodelay = argc > 1 && strcmp(argv[1], "--nodelay") == 0;
	argv += 1 + nodelay;
	listener = *argv ? listen_somewhere() : -1;
	if (listener >= 0)
		while ((fd = take(listener, nodelay)) >= 0 &&
		       serve(fd, argv) == 0)
			;
	perror("launch");
	return 1;
}

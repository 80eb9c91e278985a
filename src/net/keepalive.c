/* SPDX-License-Identifier: ISC */
#include <linux/tcp.h> /* libc's struct tcp_info ends before tcpi_snd_wnd */
#include <netinet/in.h>
#include <sys/socket.h>

#include "net/keepalive.h"

/*
 * Sets a TCP option in seconds or probes, unless it is less already.  Returns
 * its value, or -1 if fd is not TCP.
 */
static int lower_option(int fd, int name, int most)
{
	socklen_t n = sizeof(int);
	int value;

	if (getsockopt(fd, IPPROTO_TCP, name, &value, &n) < 0)
		return -1;
	if (value > most &&
	    setsockopt(fd, IPPROTO_TCP, name, &most, sizeof(most)) == 0)
		value = most;
	return value;
}

struct keepalive keepalive_start(int fd)
{
	const int idle = lower_option(fd, TCP_KEEPIDLE, 60);
	const int interval = lower_option(fd, TCP_KEEPINTVL, 20);
	const int probes = lower_option(fd, TCP_KEEPCNT, 3);
	const int on = 1;

	if (idle < 0 || interval < 0 || probes < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) < 0)
		return (struct keepalive){.interval = 0};
	return (struct keepalive){.interval = interval,
	                          .most = idle + interval * probes};
}

/*
 * Does the kernel wait for an answer?  A client that reads nothing has closed
 * its window, and is asked by window probes, at last only every 120 seconds:
 * one unanswered probe may be on its way.
 */
static bool is_answer_due(const struct tcp_info *t)
{
	return t->tcpi_probes > 1 ||
	       (t->tcpi_unacked > 0 && t->tcpi_snd_wnd > 0);
}

bool keepalive_is_lost(const struct keepalive *k, int fd)
{
	struct tcp_info t = {.tcpi_unacked = 0};
	socklen_t n = sizeof(t);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &t, &n) == 0 &&
	       is_answer_due(&t) &&
	       t.tcpi_last_ack_recv / 1000 > (unsigned int)k->most;
}

/* SPDX-License-Identifier: ISC */
/*
 * Whatever addresses the kernel says a connection has, they are written as
 * numbers and nothing else.
 *
 * Input: an octet, whose bits say what fails; the family; the port and the
 * octets of our address, then of the client's.
 *
 * Wraps: getsockname getpeername
 */
#include "fuzz.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>

#include "net/client.h"

static uint8_t fails;
static struct sockaddr_storage addresses[2];

int __wrap_getsockname(int fd, struct sockaddr *a, socklen_t *n);
int __wrap_getpeername(int fd, struct sockaddr *a, socklen_t *n);

static int give(int i, struct sockaddr *a, socklen_t *n)
{
	socklen_t have = addresses[i].ss_family == AF_INET
	                         ? sizeof(struct sockaddr_in)
	                         : sizeof(struct sockaddr_in6);

	errno = ENOTCONN;
	if (fails >> i & 1)
		return -1;
	memcpy(a, &addresses[i], have < *n ? have : *n);
	*n = have;
	return 0;
}

int __wrap_getsockname(int fd, struct sockaddr *a, socklen_t *n)
{
	(void)fd;
	return give(0, a, n);
}

int __wrap_getpeername(int fd, struct sockaddr *a, socklen_t *n)
{
	(void)fd;
	return give(1, a, n);
}

static void take(struct fuzz_input *in, uint8_t family,
                 struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (void *)ret;
	struct sockaddr_in6 *v6 = (void *)ret;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	ret->ss_family = family % 2 ? AF_INET : AF_INET6;
	if (family == 2)
		ret->ss_family = AF_UNIX;
	v4->sin_port =
		(in_port_t)fuzz_number(in, 2); /* at the same place in IPv6's */
	if (ret->ss_family == AF_INET)
		v4->sin_addr.s_addr = (in_addr_t)fuzz_number(in, 4);
	for (i = 0; ret->ss_family == AF_INET6 && i < 16; i++)
		v6->sin6_addr.s6_addr[i] = fuzz_octet(in);
}

/* Is the text the address, as IPv4 if that is possible? */
static bool is_address(const char *text, const struct sockaddr_storage *a)
{
	const struct sockaddr_in *v4 = (const void *)a;
	const struct sockaddr_in6 *v6 = (const void *)a;
	const uint8_t *octets = v6->sin6_addr.s6_addr;
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, text, &four) == 1)
		return a->ss_family == AF_INET
		               ? four.s_addr == v4->sin_addr.s_addr
		               : IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) &&
		                         memcmp(&four, octets + 12, 4) == 0;
	return a->ss_family == AF_INET6 &&
	       !IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) &&
	       inet_pton(AF_INET6, text, &six) == 1 &&
	       memcmp(&six, octets, 16) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	uint8_t family;
	struct client c;

	fails = fuzz_octet(&in);
	family = fuzz_octet(&in);
	take(&in, family, &addresses[0]);
	take(&in, fuzz_octet(&in) == 1 ? 1 : family, &addresses[1]);
	client_find(&c, 0);
	if (fails & 1 || addresses[0].ss_family == AF_UNIX) {
		FUZZ_CHECK(c.remote.kind != ENDPOINT_INET);
		FUZZ_CHECK(strcmp(c.rip, "local") == 0 &&
		           client_is_near(&c, NULL));
		return 0;
	}
	FUZZ_CHECK(is_address(c.lip, &addresses[0]));
	if (fails & 2)
		FUZZ_CHECK(strcmp(c.rip, "unknown") == 0 &&
		           !client_is_near(&c, NULL));
	else
		FUZZ_CHECK(is_address(c.rip, &addresses[1]));
	/* No client of another host counts as one of this host. */
	if (client_is_near(&c, NULL))
		FUZZ_CHECK(strncmp(c.rip, "127.", 4) == 0 ||
		           strcmp(c.rip, "::1") == 0);
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <string.h>

#include "base/decimal.h"
#include "config/address.h"

static const uint8_t v4_prefix[ADDRESS_V4_BITS / 8] = {
	[10] = 0xff, [11] = 0xff};

void address_from_v4(struct address *a, const void *octets)
{
	memcpy(a->octets, v4_prefix, sizeof(v4_prefix));
	memcpy(a->octets + sizeof(v4_prefix), octets, 4);
}

void address_from_v6(struct address *a, const void *octets)
{
	memcpy(a->octets, octets, sizeof(a->octets));
}

int address_family(const char *text)
{
	return strchr(text, ':') ? AF_INET6 : AF_INET;
}

int address_parse(struct address *a, int family, const char *text)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (family == AF_INET) {
		if (inet_pton(AF_INET, text, &v4) != 1)
			return -1;
		address_from_v4(a, &v4);
		return 0;
	}
	if (inet_pton(AF_INET6, text, &v6) != 1)
		return -1;
	address_from_v6(a, &v6);
	return 0;
}

int address_parse_client(struct address *a, int family, const char *text)
{
	char copy[INET6_ADDRSTRLEN];
	size_t n;

	n = strcspn(text, "%");
	if (family == AF_INET || text[n] == '\0')
		return address_parse(a, family, text);
	if (n >= sizeof(copy) || text[n + 1] == '\0')
		return -1;
	memcpy(copy, text, n);
	copy[n] = '\0';
	if (address_parse(a, AF_INET6, copy) < 0)
		return -1;
	return a->octets[0] == 0xfe && (a->octets[1] & 0xc0) == 0x80 ? 0 : -1;
}

int address_parse_port(unsigned int *port, const char *text)
{
	uint32_t n;

	if (decimal_get(text, &n) < 0 || n > UINT16_MAX)
		return -1;
	*port = n;
	return 0;
}

bool address_is_v4(const struct address *a)
{
	return memcmp(a->octets, v4_prefix, sizeof(v4_prefix)) == 0;
}

bool address_is_loopback(const struct address *a)
{
	static const struct address v6 = {.octets = {[15] = 1}};

	if (address_is_v4(a))
		return a->octets[sizeof(v4_prefix)] == IN_LOOPBACKNET;
	return memcmp(a, &v6, sizeof(v6)) == 0;
}

void address_write(const struct address *a, char text[INET6_ADDRSTRLEN])
{
	if (address_is_v4(a))
		(void)inet_ntop(AF_INET, a->octets + sizeof(v4_prefix), text,
		                INET6_ADDRSTRLEN);
	else
		(void)inet_ntop(AF_INET6, a->octets, text, INET6_ADDRSTRLEN);
}

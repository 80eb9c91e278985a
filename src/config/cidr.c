/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "config/address.h"
#include "config/cidr.h"

#define ITEM_MAX (INET6_ADDRSTRLEN + sizeof("/128"))

struct cidr {
	bool is_unix; /* the item "unix": it has no address */
	struct address address;
	unsigned int bits;
};

static const char *const no_address =
	"must be addresses, addresses with a length as in 192.0.2.0/24, and "
	"unix, separated by commas";

static bool is_in_prefix(const struct address *a, const struct cidr *p)
{
	unsigned int whole = p->bits / 8, rest = p->bits % 8;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	return memcmp(a->octets, p->address.octets, whole) == 0 &&
	       (rest == 0 ||
	        ((a->octets[whole] ^ p->address.octets[whole]) & mask) == 0);
}

static bool has_bits_after_prefix(const struct cidr *p)
{
	unsigned int i;

	for (i = p->bits; i < 128; i++)
		if (p->address.octets[i / 8] & (0x80 >> i % 8))
			return true;
	return false;
}

/* Reads "address" or "address/length".  Returns NULL, or the problem. */
static const char *parse_prefix(struct cidr *p, char *text)
{
	int family = address_family(text);
	uint32_t bits = family == AF_INET6 ? 128 : 32;
	char *length;

	length = strchr(text, '/');
	if (length)
		*length++ = '\0';
	if (address_parse(&p->address, family, text) < 0)
		return no_address;
	if (length && (decimal_get(length, &p->bits) < 0 || p->bits > bits))
		return "has an invalid prefix length";
	if (!length)
		p->bits = bits;
	if (family == AF_INET)
		p->bits += ADDRESS_V4_BITS;
	return has_bits_after_prefix(p)
	               ? "has an address with bits beyond its length"
	               : NULL;
}

/*
 * Reads the first item of *list, and moves *list to its end, a comma or the
 * NUL.  Returns NULL, or the problem.
 */
static const char *parse_item(struct cidr *p, const char **list)
{
	char text[ITEM_MAX];
	size_t n;

	n = strcspn(*list, ",");
	if (n == 0 || n >= sizeof(text))
		return no_address;
	memcpy(text, *list, n);
	text[n] = '\0';
	*list += n;
	*p = (struct cidr){.is_unix = strcmp(text, "unix") == 0};
	return p->is_unix ? NULL : parse_prefix(p, text);
}

const char *cidr_problem(const char *list)
{
	const char *problem;
	struct cidr p;

	do
		problem = parse_item(&p, &list);
	while (!problem && *list++ == ',');
	return problem;
}

const char *cidr_networks_problem(const char *list)
{
	const struct endpoint none = {.kind = ENDPOINT_NONE};
	const char *problem = cidr_problem(list);

	if (problem == no_address || (!problem && cidr_has(list, &none)))
		return "must be addresses, and networks as in 192.0.2.0/24, "
		       "separated by commas";
	return problem;
}

bool cidr_has_everybody(const char *list)
{
	struct cidr p;

	do {
		if (parse_item(&p, &list))
			return false;
		if (!p.is_unix && (p.bits == 0 || (p.bits == ADDRESS_V4_BITS &&
		                                   address_is_v4(&p.address))))
			return true;
	} while (*list++ == ',');
	return false;
}

bool cidr_has(const char *list, const struct endpoint *peer)
{
	bool is_inet = peer->kind == ENDPOINT_INET;
	struct cidr p;

	if (peer->kind == ENDPOINT_UNKNOWN)
		return false;
	do {
		if (parse_item(&p, &list))
			return false;
		if (p.is_unix ? !is_inet
		              : is_inet && is_in_prefix(&peer->address, &p))
			return true;
	} while (*list++ == ',');
	return false;
}

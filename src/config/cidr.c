#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "config/address.h"
#include "config/cidr.h"

#define ITEM_MAX (INET6_ADDRSTRLEN + sizeof("/128"))

struct cidr {
	bool local; /* "unix"; there is no address */
	struct address address;
	unsigned int bits;
};

static const char *const no_address =
	"must be addresses, addresses with a length as in 192.0.2.0/24, and "
	"unix, set apart by commas";

static bool is_under(const struct address *a, const struct cidr *p)
{
	unsigned int whole = p->bits / 8, rest = p->bits % 8;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	return memcmp(a->octets, p->address.octets, whole) == 0 &&
	       (rest == 0 ||
	        ((a->octets[whole] ^ p->address.octets[whole]) & mask) == 0);
}

/* Has the address bits that its length leaves out? */
static bool has_more(const struct cidr *p)
{
	unsigned int i;

	for (i = p->bits; i < 128; i++)
		if (p->address.octets[i / 8] & (0x80 >> i % 8))
			return true;
	return false;
}

/* Reads "address" or "address/length". */
static const char *parse_address(struct cidr *p, char *text)
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
		return "has a length that is none";
	if (!length)
		p->bits = bits;
	if (family == AF_INET)
		p->bits += ADDRESS_V4_BITS;
	return has_more(p) ? "has an address with bits beyond its length"
	                   : NULL;
}

/* Takes the item that *list begins with, and moves *list behind it. */
static const char *take(struct cidr *p, const char **list)
{
	char text[ITEM_MAX];
	size_t n;

	n = strcspn(*list, ",");
	if (n == 0 || n >= sizeof(text))
		return no_address;
	memcpy(text, *list, n);
	text[n] = '\0';
	*list += n;
	*p = (struct cidr){.local = strcmp(text, "unix") == 0};
	return p->local ? NULL : parse_address(p, text);
}

/* Goes on behind a comma; at the end returns false. */
static bool is_more(const char **list)
{
	return *(*list)++ == ',';
}

const char *cidr_wrong(const char *list)
{
	struct cidr p;
	const char *wrong;

	do
		wrong = take(&p, &list);
	while (!wrong && is_more(&list));
	return wrong;
}

bool cidr_has(const char *list, const char *rip)
{
	bool local = strcmp(rip, "local") == 0;
	struct address a;
	struct cidr p;

	if (!local && address_parse(&a, address_family(rip), rip) < 0)
		return false;
	do {
		if (take(&p, &list))
			return false;
		if (p.local ? local : !local && is_under(&a, &p))
			return true;
	} while (is_more(&list));
	return false;
}

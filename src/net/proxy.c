/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "net/proxy.h"

#define V1_NAME "PROXY "

#define FIXED      16 /* octets of version 2 before its addresses */
#define COMMAND_AT 12
#define FAMILY_AT  13
#define LENGTH_AT  14

#define VERSION_2        0x20
#define COMMAND_LOCAL    0
#define COMMAND_PROXY    1
#define FAMILY_UNSPEC    0
#define FAMILY_INET      1
#define FAMILY_INET6     2
#define FAMILY_UNIX      3
#define TRANSPORT_MAX    2
#define TRANSPORT_STREAM 1

#define CLIENT_SSL  0x01
#define CLIENT_CERT (0x02 | 0x04) /* in this connection, or its session */
#define SSL_FIXED   5             /* octets before the TLVs inside this TLV */

static const uint8_t signature[] = {'\r', '\n', '\r', '\n', '\0', '\r',
                                    '\n', 'Q',  'U',  'I',  'T',  '\n'};

/* Octets that are still to be read. */
struct octets {
	const uint8_t *at;
	size_t n;
};

/* A header of version 2. */
struct header {
	struct proxy *p;
	struct octets whole;
	unsigned int seen; /* flags of the TLVs that it had so far */
};

/* Returns NULL, or the problem in words. */
typedef const char *tlv_fn(struct header *h, struct octets value);

struct tlv {
	uint8_t type;
	unsigned int flag; /* one bit, by which a second one is noticed */
	tlv_fn *read;
};

static unsigned int two_octets(const uint8_t *at)
{
	return (unsigned int)at[0] << 8 | at[1];
}

static uint32_t four_octets(const uint8_t *at)
{
	return (uint32_t)two_octets(at) << 16 | two_octets(at + 2);
}

/* Cuts off the first n octets.  At least n must be left. */
static const uint8_t *cut_octets(struct octets *o, size_t n)
{
	const uint8_t *at = o->at;

	o->at += n;
	o->n -= n;
	return at;
}

/*
 * CRC-32C (RFC 4960, appendix B), bit by bit because a header is short.  The
 * four octets from hole on, the checksum itself, count as zeros.
 */
static uint32_t compute_checksum(struct octets o, const uint8_t *hole)
{
	uint32_t crc = UINT32_MAX;
	const uint8_t *p;
	int bit;

	for (p = o.at; p < o.at + o.n; p++) {
		if (p < hole || p >= hole + 4)
			crc ^= *p;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

static const char *read_checksum(struct header *h, struct octets value)
{
	if (value.n != 4)
		return "a checksum that is not four octets long";
	return compute_checksum(h->whole, value.at) == four_octets(value.at)
	               ? NULL
	               : "a wrong checksum";
}

/* Copies a text whose octets are all least or more, and not DEL. */
static const char *copy_text(char *to, size_t size, struct octets value,
                             uint8_t least)
{
	size_t i;

	if (value.n >= size)
		return "a text that is too long";
	for (i = 0; i < value.n; i++) {
		if (value.at[i] < least || value.at[i] == 0x7f)
			return "a text with control characters";
		to[i] = (char)value.at[i];
	}
	to[i] = '\0';
	return NULL;
}

static const char *read_server_name(struct header *h, struct octets value)
{
	return copy_text(h->p->server_name, sizeof(h->p->server_name), value,
	                 '!');
}

static const char *read_version(struct header *h, struct octets value)
{
	return copy_text(h->p->tls_version, sizeof(h->p->tls_version), value,
	                 '!');
}

static const char *read_common_name(struct header *h, struct octets value)
{
	return copy_text(h->p->common_name, sizeof(h->p->common_name), value,
	                 ' ');
}

static const char *read_tlvs(struct header *h, const struct tlv *table,
                             struct octets o)
{
	const char *problem = NULL;
	const struct tlv *t;
	const uint8_t *head;
	struct octets value;

	while (o.n > 0 && !problem) {
		if (o.n < 3 || two_octets(o.at + 1) > o.n - 3)
			return "a TLV that goes beyond the end";
		head = cut_octets(&o, 3);
		value.n = two_octets(head + 1);
		value.at = cut_octets(&o, value.n);
		for (t = table; t->read && t->type != head[0]; t++)
			continue;
		if (h->seen & t->flag)
			return "a TLV twice";
		h->seen |= t->flag;
		problem = t->read ? t->read(h, value) : NULL;
	}
	return problem;
}

static const struct tlv ssl_tlvs[] = {{0x21, 1 << 0, read_version},
                                      {0x22, 1 << 1, read_common_name},
                                      {0, 0, NULL}};

/* Section 2.2.6.  Its field verify is also zero without a certificate. */
static const char *read_ssl(struct header *h, struct octets value)
{
	const uint8_t *fixed;

	if (value.n < SSL_FIXED)
		return "an SSL TLV that is too short";
	fixed = cut_octets(&value, SSL_FIXED);
	h->p->tls_told = true;
	h->p->tls = fixed[0] & CLIENT_SSL;
	h->p->certified = h->p->tls && (fixed[0] & CLIENT_CERT) != 0 &&
	                  four_octets(fixed + 1) == 0;
	return read_tlvs(h, ssl_tlvs, value);
}

static const struct tlv tlvs[] = {{0x02, 1 << 2, read_server_name},
                                  {0x03, 1 << 3, read_checksum},
                                  {0x20, 1 << 4, read_ssl},
                                  {0, 0, NULL}};

typedef void address_from_fn(struct address *a, const void *octets);

/* Reads two addresses of n octets each, and two ports. */
static void read_addresses(struct proxy *p, address_from_fn *from,
                           const uint8_t *at, size_t n)
{
	p->source.kind = p->destination.kind = ENDPOINT_INET;
	from(&p->source.address, at);
	from(&p->destination.address, at + n);
	p->source.port = two_octets(at + 2 * n);
	p->destination.port = two_octets(at + 2 * n + 2);
}

/* Reads what follows the fixed part of a header with the command PROXY. */
static const char *read_proxied(struct header *h, uint8_t family)
{
	static const size_t sizes[] = {[FAMILY_UNSPEC] = 0,
	                               [FAMILY_INET] = 12,
	                               [FAMILY_INET6] = 36,
	                               [FAMILY_UNIX] = 216};
	struct octets o = h->whole;
	const uint8_t *at;

	if (family >> 4 > FAMILY_UNIX || (family & 0x0f) > TRANSPORT_MAX)
		return "an unknown family or transport";
	(void)cut_octets(&o, FIXED);
	if (o.n < sizes[family >> 4])
		return "too short for its addresses";
	at = cut_octets(&o, sizes[family >> 4]);
	h->p->source.kind = ENDPOINT_UNKNOWN;
	if (family == (FAMILY_INET << 4 | TRANSPORT_STREAM))
		read_addresses(h->p, address_from_v4, at, 4);
	if (family == (FAMILY_INET6 << 4 | TRANSPORT_STREAM))
		read_addresses(h->p, address_from_v6, at, 16);
	return read_tlvs(h, tlvs, o);
}

static enum proxy_status parse_v2(struct proxy *p, struct octets o,
                                  size_t *length, const char **problem)
{
	struct header h = {.p = p, .whole = o};
	size_t whole;

	if (o.n < FIXED)
		return PROXY_MORE;
	*problem = "an unknown version or command";
	if (o.at[COMMAND_AT] != (VERSION_2 | COMMAND_LOCAL) &&
	    o.at[COMMAND_AT] != (VERSION_2 | COMMAND_PROXY))
		return PROXY_BAD;
	whole = FIXED + two_octets(o.at + LENGTH_AT);
	*problem = "a header of more than 4096 octets";
	if (whole > PROXY_MAX)
		return PROXY_BAD;
	if (o.n < whole)
		return PROXY_MORE;
	*length = whole;
	if (o.at[COMMAND_AT] == (VERSION_2 | COMMAND_LOCAL))
		return PROXY_DONE; /* ENDPOINT_NONE is zero */
	h.whole.n = whole;
	*problem = read_proxied(&h, o.at[FAMILY_AT]);
	return *problem ? PROXY_BAD : PROXY_DONE;
}

/* Cuts the next word and the space after it off a line.  NULL at the end. */
static const char *cut_v1_word(char **line)
{
	char *word = *line, *end;

	if (!word)
		return NULL;
	end = strchr(word, ' ');
	if (end)
		*end++ = '\0';
	*line = end;
	return word;
}

static const char *read_v1_words(struct proxy *p, int family, char *line)
{
	const char *words[4];
	size_t i;

	for (i = 0; i < 4; i++) {
		words[i] = cut_v1_word(&line);
		if (!words[i])
			return "too few words";
	}
	if (line)
		return "too many words";
	if (address_parse_client(&p->source.address, family, words[0]) < 0 ||
	    address_parse_client(&p->destination.address, family, words[1]) < 0)
		return "an invalid address";
	if (address_parse_port(&p->source.port, words[2]) < 0 ||
	    address_parse_port(&p->destination.port, words[3]) < 0)
		return "an invalid port";
	p->source.kind = p->destination.kind = ENDPOINT_INET;
	return NULL;
}

/* Reads what follows V1_NAME. */
static const char *read_v1_line(struct proxy *p, char *line)
{
	const char *protocol = cut_v1_word(&line);

	if (strcmp(protocol, "TCP4") == 0)
		return read_v1_words(p, AF_INET, line);
	if (strcmp(protocol, "TCP6") == 0)
		return read_v1_words(p, AF_INET6, line);
	if (strcmp(protocol, "UNKNOWN") != 0)
		return "an unknown protocol";
	p->source.kind = ENDPOINT_UNKNOWN; /* whatever follows it */
	return NULL;
}

static enum proxy_status parse_v1(struct proxy *p, struct octets o,
                                  size_t *length, const char **problem)
{
	size_t most = o.n < PROXY_V1_MAX ? o.n : PROXY_V1_MAX;
	char line[PROXY_V1_MAX + 1];
	const uint8_t *end;

	end = memchr(o.at, '\n', most);
	*problem = "a line of more than 107 octets";
	if (!end)
		return o.n < PROXY_V1_MAX ? PROXY_MORE : PROXY_BAD;
	*length = (size_t)(end + 1 - o.at);
	*problem = "a line that ends in LF instead of CRLF";
	if (end[-1] != '\r')
		return PROXY_BAD;
	most = *length - strlen("\r\n") - strlen(V1_NAME);
	memcpy(line, o.at + strlen(V1_NAME), most);
	line[most] = '\0';
	*problem = strlen(line) == most ? read_v1_line(p, line)
	                                : "a NUL in the line";
	return *problem ? PROXY_BAD : PROXY_DONE;
}

/* Returns whether the octets begin as start does, as far as they go. */
static bool begins_with(struct octets o, const void *start, size_t n)
{
	return memcmp(o.at, start, o.n < n ? o.n : n) == 0;
}

enum proxy_status proxy_parse(struct proxy *p, const void *octets, size_t n,
                              size_t *length, const char **problem)
{
	struct octets o = {.at = octets, .n = n};

	*p = (struct proxy){.tls = false};
	if (n == 0)
		return PROXY_MORE;
	if (begins_with(o, signature, sizeof(signature)))
		return parse_v2(p, o, length, problem);
	if (begins_with(o, V1_NAME, strlen(V1_NAME)))
		return parse_v1(p, o, length, problem);
	*problem = "no PROXY header";
	return PROXY_BAD;
}

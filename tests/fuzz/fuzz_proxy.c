/* SPDX-License-Identifier: ISC */
/*
 * The PROXY header, which a stranger could send.  Its result must not depend on
 * the octets that follow it, nor on the pieces in which it comes.
 */
#include <arpa/inet.h>
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/proxy.h"

static void require(int good)
{
	if (!good)
		abort();
}

static int same_endpoint(const struct endpoint *a, const struct endpoint *b)
{
	return a->kind == b->kind &&
	       memcmp(&a->address, &b->address, sizeof(a->address)) == 0 &&
	       a->port == b->port;
}

static int same(const struct proxy *a, const struct proxy *b)
{
	return same_endpoint(&a->source, &b->source) &&
	       same_endpoint(&a->destination, &b->destination) &&
	       a->tls_told == b->tls_told && a->tls == b->tls &&
	       a->certified == b->certified &&
	       strcmp(a->tls_version, b->tls_version) == 0 &&
	       strcmp(a->common_name, b->common_name) == 0 &&
	       strcmp(a->server_name, b->server_name) == 0;
}

/* A header of version 1, as haproxy's document has it. */
static const char version_1[] =
	"^PROXY (UNKNOWN( [^\n]*)?|(TCP[46]) ([^ \n]+) ([^ \n]+) "
	"(0|[1-9][0-9]{0,4}) (0|[1-9][0-9]{0,4}))\r\n";

/* Is part i of the header an address of that family, maybe with a scope? */
static int is_address(int family, const char *text, const regmatch_t *part)
{
	char address[PROXY_V1_MAX], parsed[16];
	char *scope;

	(void)snprintf(address, sizeof(address), "%.*s",
	               (int)(part->rm_eo - part->rm_so), text + part->rm_so);
	scope = family == AF_INET6 && strncmp(address, "fe80:", 5) == 0
	                ? strchr(address, '%')
	                : NULL;
	if (scope && scope[1])
		*scope = '\0';
	return inet_pton(family, address, parsed);
}

/* Is it a header of version 1?  n octets of it have no NUL. */
static int is_version_1(const uint8_t *data, size_t n)
{
	static regex_t regex;
	static int compiled;
	char text[PROXY_V1_MAX + 1];
	regmatch_t part[8];
	int family;

	if (!compiled)
		require(regcomp(&regex, version_1, REG_EXTENDED) == 0);
	compiled = 1;
	n = n < PROXY_V1_MAX ? n : PROXY_V1_MAX;
	memcpy(text, data, n);
	text[n] = '\0';
	if (strlen(text) < n && !memchr(text, '\n', strlen(text)))
		return 0;
	if (regexec(&regex, text, 8, part, 0) != 0)
		return 0;
	if (part[3].rm_so < 0)
		return 1;
	family = text[part[3].rm_so + 3] == '4' ? AF_INET : AF_INET6;
	return is_address(family, text, &part[4]) &&
	       is_address(family, text, &part[5]) &&
	       atoi(text + part[6].rm_so) < 65536 &&
	       atoi(text + part[7].rm_so) < 65536;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length = 0, shorter = 0, n;
	enum proxy_status status;
	struct proxy whole, part;
	const char *wrong = NULL;

	status = proxy_parse(&whole, data, size, &length, &wrong);
	if (size > 5 && memcmp(data, "PROXY ", 6) == 0)
		require(is_version_1(data, size) == (status == PROXY_DONE));
	if (status == PROXY_BAD) {
		require(wrong != NULL);
		return 0;
	}
	require(status == PROXY_MORE ? length == 0
	                             : length > 0 && length <= PROXY_MAX);
	require(status == PROXY_DONE || size < PROXY_MAX);
	n = status == PROXY_DONE ? length : size;
	if (n > 0)
		require(proxy_parse(&part, data, n - 1, &shorter, &wrong) ==
		        PROXY_MORE);
	if (status == PROXY_MORE)
		return 0;
	require(proxy_parse(&part, data, n, &shorter, &wrong) == PROXY_DONE);
	require(shorter == length);
	require(same(&whole, &part));
	require(memchr(whole.server_name, 0, sizeof(whole.server_name)) &&
	        memchr(whole.common_name, 0, sizeof(whole.common_name)) &&
	        memchr(whole.tls_version, 0, sizeof(whole.tls_version)));
	require(!whole.certified || whole.tls);
	require(!whole.tls || whole.tls_told);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * The PROXY header, which a stranger could send.  Its result must not depend on
 * the octets that follow it, nor on the pieces in which it comes.
 */
#include <stdint.h>
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length = 0, shorter = 0, n;
	enum proxy_status status;
	struct proxy whole, part;
	const char *wrong = NULL;

	status = proxy_parse(&whole, data, size, &length, &wrong);
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

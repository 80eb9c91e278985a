/* SPDX-License-Identifier: ISC */
/* Ends of connections that several unit tests need. */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include "support.h"

#include "config/address.h"

/* The end that the log calls so: an address, "local", or "unknown". */
static inline struct endpoint endpoint_of(const char *text)
{
	struct endpoint e = {.kind = ENDPOINT_INET};

	if (strcmp(text, "local") == 0)
		e.kind = ENDPOINT_UNIX;
	else if (strcmp(text, "unknown") == 0)
		e.kind = ENDPOINT_UNKNOWN;
	else
		assert_int_equal(
			address_parse(&e.address, address_family(text), text),
			0);
	return e;
}

#endif

/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "pop3/capa.h"
#include "pop3/reply.h"
#include "pop3/sasl.h"
#include "pop3/stls.h"

/* Listed in both states, though some work in one only (RFC 2449, section 5). */
static const char *const capabilities[] = {
	"TOP", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "UIDL",
};

/*
 * Says when the site's own clean-up removes mail (RFC 2449, section 6.7).  It
 * holds for all users, so the line is the same in both states.
 */
static void list_expire(struct session *s)
{
	const char *days = s->options->expire;

	stream_printf(&s->stream, "EXPIRE %s\r\n",
	              strcmp(days, "never") == 0 ? "NEVER" : days);
}

/* Without a mechanism writes no line: an empty list confuses clients. */
static void list_sasl(struct session *s)
{
	struct stream *out = &s->stream;

	if (sasl_count(s) == 0)
		return;
	stream_printf(out, "SASL");
	sasl_mechanisms(s, " ", "");
	stream_printf(out, "\r\n");
}

enum state serve_capa(struct session *s, struct command *c)
{
	size_t i;

	(void)c;
	reply_ok(&s->stream, "capabilities follow");
	for (i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++)
		stream_printf(&s->stream, "%s\r\n", capabilities[i]);
	list_expire(s);
	if (!tlspolicy_problem(&s->tlspolicy, s->options, &s->client))
		stream_printf(&s->stream, "USER\r\n");
	list_sasl(s);
	if (stls_possible(s))
		stream_printf(&s->stream, "STLS\r\n");
	/*
	 * Without the version: strangers may ask for it, and the reply must
	 * not differ after login (RFC 2449, section 6.9).  nmap takes a
	 * version's first dot for the end of the list.
	 */
	stream_printf(&s->stream, "IMPLEMENTATION onepop\r\n.\r\n");
	return s->state;
}

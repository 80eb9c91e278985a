/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>

#include "net/stream.h"
#include "pop3/reply.h"

#define REPLY_SIZE 512 /* a line with its CRLF (RFC 2449, section 4) */

__attribute__((format(printf, 3, 0))) static void
send_line(struct stream *s, const char *start, const char *fmt, va_list ap)
{
	char text[REPLY_SIZE - 32];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	stream_printf(s, "%s %s\r\n", start, text);
}

void reply_ok(struct stream *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	send_line(s, "+OK", fmt, ap);
	va_end(ap);
}

void reply_err(struct stream *s, const char *code, const char *fmt, ...)
{
	char start[24] = "-ERR";
	va_list ap;

	if (code)
		(void)snprintf(start, sizeof(start), "-ERR [%s]", code);
	va_start(ap, fmt);
	send_line(s, start, fmt, ap);
	va_end(ap);
}

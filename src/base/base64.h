/* SPDX-License-Identifier: ISC */
/* Base64 (RFC 4648, section 4), strictly: padded, no blanks, no other bytes. */
#ifndef ONEPOP_BASE64_H
#define ONEPOP_BASE64_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Decodes text into at most size octets.  Returns their number, or -1 if the
 * text is not base64 or too long.  out may be text itself.
 */
ssize_t base64_decode(const char *text, void *out, size_t size);

#endif

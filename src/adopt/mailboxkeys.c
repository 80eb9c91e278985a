/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include "adopt/mailboxkeys.h"

#include "base/fileio.h"
#include "maildrop/maildrop.h"

#define WINDOW 16384 /* octets of a header that are read at once */

/* Returns 0, or -1 with errno. */
static int add_header(struct headerkey_state *s, int fd,
                      const struct mbox_message *m)
{
	char window[WINDOW];
	bool more = true;
	off_t at = m->text;
	size_t want;
	ssize_t n;

	for (; more && at < m->body; at += n) {
		want = m->body - at < WINDOW ? (size_t)(m->body - at) : WINDOW;
		n = fileio_pread(fd, window, want, at);
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		more = headerkey_add(s, window, (size_t)n);
	}
	return 0;
}

int mailboxkeys_read(struct maildrop *d, int fd, enum headerkey_kind kind,
                     struct headerkey *ret)
{
	struct headerkey_state *s = headerkey_new();
	struct maildrop_message m;
	uint32_t number;
	int result = 0;

	if (!s)
		return -1;
	for (number = 1; result == 0 && number <= d->count; number++) {
		headerkey_begin(s, kind);
		if (maildrop_message(d, number, &m) == MAILDROP_OK)
			result = add_header(s, fd, &m.listed);
		else
			result = -1;
		*ret++ = headerkey_end(s);
	}
	headerkey_free(s);
	return result;
}

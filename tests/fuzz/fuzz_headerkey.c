/* SPDX-License-Identifier: ISC */
/*
 * The key of a message: in any pieces it is that of a plain reference, and
 * neither CRLF nor a field that servers add changes it.  Input: an octet for
 * the kind of key; the message from its header on.
 */
#include "fuzz.h"

#include <strings.h>

#include "adopt/headerkey.h"

#define HEAD 32 /* octets in which a field's name must end */

/* What is digested. */
struct plain {
	char *octets;
	size_t n;
	bool taken, found;
};

static const char *const changing[] = {
	"Content-Length",
	"Lines",
	"Return-Path",
	"Status",
	"X-IMAP",
	"X-IMAPbase",
	"X-Keywords",
	"X-Message-Flag",
	"X-Mozilla-Keys",
	"X-Mozilla-Status",
	"X-Status",
	"X-UID",
	"X-Mozilla-Status2",
	"X-UIDL",
	"X-Yahoo-Newman-Property",
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Is the line the field of that name? */
static bool is_field(const char *line, size_t n, const char *name)
{
	size_t k = strlen(name);

	if (n < k || strncasecmp(line, name, k) != 0)
		return false;
	while (k < n && is_blank(line[k]))
		k++;
	return k < n && k < HEAD && line[k] == ':';
}

/* Takes a line without its end. */
static void add_line(struct plain *p, enum headerkey_kind kind,
                     const char *line, size_t n)
{
	const bool id = is_field(line, n, "Message-ID");
	size_t i = 0;

	if (kind == HEADERKEY_MESSAGE_ID) {
		if (!is_blank(line[0])) {
			p->taken = id && !p->found;
			p->found = p->found || id;
			while (p->taken && line[i++] != ':')
				;
		}
		for (; p->taken && i < n; i++)
			if (!is_blank(line[i]) && line[i] != '\r')
				p->octets[p->n++] = line[i];
		return;
	}
	if (!is_blank(line[0])) {
		p->taken = true;
		for (i = 0; i < sizeof(changing) / sizeof(changing[0]); i++)
			if (is_field(line, n, changing[i]))
				p->taken = false;
	}
	if (!p->taken)
		return;
	memcpy(p->octets + p->n, line, n);
	p->n += n;
	p->octets[p->n++] = '\n';
}

static void make_plain(struct plain *p, enum headerkey_kind kind,
                       const char *text, size_t size)
{
	const char *const end = text + size, *lf;
	size_t n;

	*p = (struct plain){.taken = kind == HEADERKEY_HEADER};
	p->octets = malloc(size + 1);
	FUZZ_CHECK(p->octets);
	for (; text < end; text = lf + 1) {
		lf = memchr(text, '\n', (size_t)(end - text));
		if (!lf)
			lf = end;
		n = (size_t)(lf - text);
		while (n > 0 && text[n - 1] == '\r')
			n--;
		if (n == 0)
			return;
		add_line(p, kind, text, n);
		if (lf == end)
			return;
	}
}

static struct headerkey make_key(struct headerkey_state *s,
                                 enum headerkey_kind kind, const char *text,
                                 size_t n, int round)
{
	uint64_t seed = n;
	bool more = true;
	size_t piece;
	char *copy;

	headerkey_begin(s, kind);
	for (; n > 0; text += piece, n -= piece) {
		piece = fuzz_piece(&seed, round, n);
		copy = fuzz_copy(text, piece);
		FUZZ_CHECK(more || !headerkey_add(s, copy, piece));
		if (more)
			more = headerkey_add(s, copy, piece);
		free(copy);
	}
	return headerkey_end(s);
}

/* The same message as a server that adds a field sends it. */
static struct headerkey make_sent(struct headerkey_state *s,
                                  enum headerkey_kind kind, const char *text,
                                  size_t n)
{
	static const char field[] = "X-UIDL: x\r\n y\r\n";
	size_t i;

	headerkey_begin(s, kind);
	if (n > 0 && !is_blank(text[0]))
		(void)headerkey_add(s, field, sizeof(field) - 1);
	for (i = 0; i < n; i++)
		if (text[i] == '\n')
			(void)headerkey_add(s, "\r\n", 2);
		else
			(void)headerkey_add(s, text + i, 1);
	return headerkey_end(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	const enum headerkey_kind kind =
		fuzz_octet(&in) % 2 ? HEADERKEY_HEADER : HEADERKEY_MESSAGE_ID;
	struct headerkey_state *s = headerkey_new();
	char *text = fuzz_copy(in.p, in.n);
	struct headerkey key, want;
	struct plain plain;
	int round;

	FUZZ_CHECK(s);
	make_plain(&plain, kind, text, in.n);
	want = (struct headerkey){plain.n > 0,
	                          digest_of128(plain.octets, plain.n)};
	for (round = 0; round < FUZZ_ROUNDS; round++) {
		key = make_key(s, kind, text, in.n, round);
		FUZZ_CHECK(headerkey_compare(&key, &want) == 0);
	}
	key = make_sent(s, kind, text, in.n);
	FUZZ_CHECK(headerkey_compare(&key, &want) == 0);
	free(plain.octets);
	free(text);
	headerkey_free(s);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * mailbox COUNT OCTETS KIND SIZES writes a mailbox of COUNT messages of about
 * OCTETS each (a fifth more or less) to standard output, always the same for
 * the same arguments.  KIND is text or base64.  The file SIZES gets, a line
 * for each message, how many octets a POP3 server sends for it: line ends
 * and doubled dots counted, the status line and the end mark not.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES 16384 /* a power of two */
#define WIDTH 80

/* Lines of which bodies are made, each with its end. */
static struct {
	char text[LINES * WIDTH];
	uint32_t start[LINES + 1];
	uint32_t dots[LINES + 1]; /* lines before it that begin with one */
} pool;

static uint64_t state;

/* splitmix64 */
static uint64_t draw(void)
{
	uint64_t z;

	z = state += 0x9e3779b97f4a7c15;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static uint32_t below(uint32_t n)
{
	return (uint32_t)(draw() >> 32) % n;
}

static size_t make_words(char *to)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz     ";
	static const char *const starts[] = {".", "..", ">From ", "> ", "\t"};
	size_t n = 0, width = 40 + below(34);
	const char *start;

	if (below(40) == 0)
		return 0;
	if (below(20) == 0) {
		start = starts[below(5)];
		n = strlen(start);
		memcpy(to, start, n);
	}
	for (; n < width; n++)
		to[n] = letters[below(sizeof(letters) - 1)];
	if (below(3) == 0)
		to[n++] = '.';
	return n;
}

static size_t make_base64(char *to)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t n;

	for (n = 0; n < 76; n++)
		to[n] = digits[below(64)];
	return n;
}

static void make_pool(size_t (*make)(char *to))
{
	uint32_t i, n = 0;

	for (i = 0; i < LINES; i++) {
		pool.start[i] = n;
		n += (uint32_t)make(pool.text + n);
		pool.text[n++] = '\n';
		pool.dots[i + 1] = pool.dots[i];
		pool.dots[i + 1] += pool.text[pool.start[i]] == '.';
	}
	pool.start[LINES] = n;
}

/* Some lines from one place of the pool, at most n octets. */
static size_t write_lines(size_t n, size_t *wire)
{
	uint32_t from = below(LINES), to = from;
	size_t length;

	while (to < LINES && pool.start[to + 1] - pool.start[from] <= n)
		to++;
	length = pool.start[to] - pool.start[from];
	*wire += length + (to - from) + pool.dots[to] - pool.dots[from];
	(void)fwrite(pool.text + pool.start[from], 1, length, stdout);
	return length;
}

static size_t write_header(uint32_t i, const char *encoding, size_t *wire)
{
	static char text[2048];
	unsigned int second = i % 60, minute = i / 60 % 60;
	unsigned int sender = below(1000), lines = 0;
	size_t n, begun;
	char *s;

	begun = (size_t)sprintf(
		text,
		"From sender%u@example.org Mon Nov  2 10:%02u:%02u 2026\n",
		sender, minute, second);
	n = begun;
	n += (size_t)sprintf(
		text + n,
		"Return-Path: <sender%u@example.org>\n"
		"Received: from relay%u.example.org (relay%u.example.org\n"
		"\t[192.0.2.%u]) by mail.example.net (Postfix) with ESMTPS\n"
		"\tid %016llX for <user@example.net>;\n"
		"\tMon,  2 Nov 2026 10:%02u:%02u +0000 (UTC)\n"
		"Received: from [198.51.100.%u] by relay%u.example.org with\n"
		"\tESMTPSA id %08x; Mon, 02 Nov 2026 10:%02u:%02u +0000\n"
		"Message-ID: <%08x.%08x@example.org>\n"
		"Date: Mon, 02 Nov 2026 10:%02u:%02u +0000\n"
		"From: \"A. Sender %u\" <sender%u@example.org>\n"
		"To: user@example.net\n"
		"Subject: Message %u of a mailbox that was made\n"
		" to be measured\n"
		"MIME-Version: 1.0\n"
		"Content-Type: text/plain; charset=utf-8\n"
		"Content-Transfer-Encoding: %s\n\n",
		sender, sender % 7, sender % 7, sender % 250,
		(unsigned long long)draw(), minute, second, sender % 250,
		sender % 7, below(UINT32_MAX), minute, second, i,
		below(UINT32_MAX), minute, second, sender, sender, i, encoding);
	for (s = text + begun; *s; s++)
		lines += *s == '\n';
	*wire += n - begun + lines;
	(void)fwrite(text, 1, n, stdout);
	return n;
}

/* A blank line, which is not sent, ends it. */
static size_t write_message(uint32_t i, size_t size, const char *encoding)
{
	size_t n, more, wire = 0;

	n = write_header(i, encoding, &wire);
	while (n + WIDTH < size) {
		more = write_lines(size - n, &wire);
		n += more;
	}
	(void)putchar('\n');
	return wire;
}

int main(int argc, char **argv)
{
	uint32_t count, i, octets;
	int base64;
	FILE *sizes;

	if (argc != 5 || !(sizes = fopen(argv[4], "w"))) {
		perror("usage: mailbox COUNT OCTETS text|base64 SIZES");
		return 1;
	}
	count = (uint32_t)strtoul(argv[1], NULL, 10);
	octets = (uint32_t)strtoul(argv[2], NULL, 10);
	base64 = strcmp(argv[3], "base64") == 0;
	make_pool(base64 ? make_base64 : make_words);
	for (i = 1; i <= count; i++)
		(void)fprintf(sizes, "%zu\n",
		              write_message(i,
		                            octets - octets / 5 +
		                                    below(octets / 5 * 2),
		                            base64 ? "base64" : "8bit"));
	return fclose(sizes) != 0 || fflush(stdout) != 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * Input: pieces of a file of deleted messages, each a number of octets and the
 * octets; if the number's highest bit is set, a CHECK that fits and a line end
 * follow.  Whatever the file is, each copy lies within it, and what a writer
 * appends at the end that it finds is found there.
 */
#include "fuzz.h"

#include "base/digest.h"
#include "update/keptfile.h"

#define MOST 65536

/* Makes the file.  Returns its octets. */
static size_t make_file(struct fuzz_input *in, char to[static MOST])
{
	size_t n = 0, piece;
	uint8_t head;

	while (in->n > 0) {
		head = fuzz_octet(in);
		piece = (size_t)(head & 0x7f);
		piece = piece < in->n ? piece : in->n;
		if (n + piece + 18 > MOST)
			break;
		memcpy(to + n, in->p, piece);
		if (head & 0x80)
			(void)snprintf(to + n + piece, 18, "%016jx\n",
			               (uintmax_t)digest_of(in->p, piece));
		n += piece + (head & 0x80 ? 17 : 0);
		in->p += piece;
		in->n -= piece;
	}
	return n;
}

static void check_copy(const struct keptfile_copy *c, off_t at, off_t size)
{
	FUZZ_CHECK(c->message.start > at);
	FUZZ_CHECK(c->message.end >= c->message.start);
	FUZZ_CHECK(c->message.end <= size);
	FUZZ_CHECK(c->time >= 0);
	FUZZ_CHECK(strlen(c->id) >= 1 && strlen(c->id) <= KEPTFILE_ID);
}

/* Appends a copy of the file's first octets, and finds it. */
static void append(int fd, off_t end)
{
	const struct keptfile_source from = {
		fd, {0, end < 9 ? end : 9}, 1, "a"};
	struct keptfile_copy c;
	off_t at = end;

	FUZZ_CHECK(ftruncate(fd, end) == 0);
	FUZZ_CHECK(keptfile_append(fd, &from, &at) == 0);
	FUZZ_CHECK(at == end + keptfile_octets(&from));
	FUZZ_CHECK(keptfile_next(fd, at, end, &c) == 1);
	FUZZ_CHECK(keptfile_is_whole(fd, &c) == 1);
	FUZZ_CHECK(c.message.end == at && c.time == 1 && c.id[0] == 'a');
	FUZZ_CHECK(keptfile_set_end(fd, at) == 0);
	FUZZ_CHECK(keptfile_find_end(fd, at) == at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static char file[MOST];
	struct fuzz_input in = {data, size};
	struct keptfile_copy c;
	off_t at = KEPTFILE_FIRST, end;
	const off_t n = (off_t)make_file(&in, file);

	if (fd < 0)
		fd = fuzz_file("deleted");
	fuzz_fill(fd, (const uint8_t *)file, (size_t)n);
	while (keptfile_next(fd, n, at, &c) == 1) {
		check_copy(&c, at, n);
		(void)keptfile_is_whole(fd, &c);
		at = c.message.end;
	}
	end = keptfile_find_end(fd, n);
	FUZZ_CHECK(end >= KEPTFILE_FIRST);
	FUZZ_CHECK(end == KEPTFILE_FIRST || end <= n);
	append(fd, end);
	return 0;
}

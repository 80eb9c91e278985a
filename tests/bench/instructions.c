/* SPDX-License-Identifier: ISC */
/*
 * What instructions counts: instructions scan|encode|uidl FILE does one of
 * the pure parts over a file, in pieces as a session does, within measured().
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mbox/mboxscan.h"
#include "mbox/uidl.h"
#include "pop3/multiline.h"

#define PIECE 65536

typedef int part_fn(const char *s, size_t n);

int measured(part_fn *part, const char *s, size_t n);

static int ignore(void *ctx, const struct mbox_message *m)
{
	(void)ctx;
	(void)m;
	return 0;
}

static int scan(const char *s, size_t n)
{
	struct mboxscan *scanner;
	size_t piece;
	int status = 0;

	scanner = mboxscan_new(ignore, NULL);
	if (!scanner)
		return -1;
	for (; n > 0 && status == 0; s += piece, n -= piece) {
		piece = n < PIECE ? n : PIECE;
		status = mboxscan_feed(scanner, s, piece);
	}
	if (status == 0)
		status = mboxscan_end(scanner);
	mboxscan_free(scanner);
	return status;
}

static int encode(const char *s, size_t n)
{
	static char out[MULTILINE_ROOM(PIECE)];
	struct multiline m;
	size_t piece;

	multiline_begin(&m, MULTILINE_ALL);
	for (; n > 0; s += piece, n -= piece) {
		piece = n < PIECE ? n : PIECE;
		(void)multiline_encode(&m, s, piece, out);
	}
	(void)multiline_end(&m, out);
	return 0;
}

static int make_uidl(const char *s, size_t n)
{
	const char *const end = s + n, *lf;
	char text[UIDL_SIZE];
	struct uidl_state *state;
	int part;

	state = uidl_new();
	if (!state)
		return -1;
	while (s < end) {
		uidl_begin(state);
		for (part = 0; part < UIDL_ENVELOPE && s < end; part++) {
			uidl_part(state, (enum uidl_part)part);
			lf = memchr(s, '\n', (size_t)(end - s));
			lf = lf ? lf + 1 : end;
			uidl_add(state, s, (size_t)(lf - s));
			s = lf;
		}
		uidl_text(uidl_make(uidl_head(state), (int64_t)n), 1, text);
	}
	uidl_free(state);
	return 0;
}

static const struct {
	const char *name;
	part_fn *part;
} parts[] = {{"scan", scan}, {"encode", encode}, {"uidl", make_uidl}};

/* Its name is what callgrind is told; nothing outside of it is counted. */
__attribute__((noinline)) int measured(part_fn *part, const char *s, size_t n)
{
	return part(s, n);
}

int main(int argc, char **argv)
{
	const char *s;
	struct stat st;
	size_t i;
	int fd;

	fd = argc == 3 ? open(argv[2], O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0 || fstat(fd, &st) < 0)
		return 1;
	s = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (s == MAP_FAILED)
		return 1;
	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (strcmp(argv[1], parts[i].name) == 0)
			return measured(parts[i].part, s, (size_t)st.st_size) !=
			       0;
	return 1;
}

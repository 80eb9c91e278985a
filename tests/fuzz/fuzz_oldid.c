/* SPDX-License-Identifier: ISC */
/*
 * The ids of other servers: each format ends, tells of From_ lines in the
 * order of the file, and of ids that RFC 1939 allows.  Input: a mailbox.
 */
#include "fuzz.h"

#include "oldid/oldid.h"

struct told {
	const struct oldid_format *format;
	const char *text;
	off_t next; /* no message starts before */
	size_t n;
};

static int check_one(void *to, const struct oldid *o)
{
	struct told *t = to;
	const char *p;

	FUZZ_CHECK(o->at >= t->next);
	t->next = o->at + 1;
	/* Qpopper reads NUL as a space; tpop3d takes any first line. */
	FUZZ_CHECK((memcmp(t->text + o->at, "From", 4) == 0 &&
	            strchr(" ", t->text[o->at + 4])) ||
	           (o->at == 0 && strcmp(t->format->name, "tpop3d") == 0));
	FUZZ_CHECK(o->id[0] || o->note);
	FUZZ_CHECK(strlen(o->id) <= OLDID_OCTETS);
	for (p = o->id; *p; p++)
		FUZZ_CHECK(*p >= 0x21 && *p <= 0x7e);
	t->n++;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	const struct oldid_format *f;
	struct oldid_guess guess;
	struct told t;
	char *text = malloc(size + 5);
	int r;

	FUZZ_CHECK(text);
	if (size)
		memcpy(text, data, size);
	memset(text + size, '\0', 5);
	if (fd < 0)
		fd = fuzz_file("mailbox");
	fuzz_fill(fd, data, size);
	for (f = oldid_formats; f->name; f++) {
		t = (struct told){.format = f, .text = text};
		r = oldid_scan(f, fd, (off_t)size, check_one, &t);
		FUZZ_CHECK(r == 0 || r == OLDID_REFUSED ||
		           r == OLDID_RENUMBERED);
	}
	FUZZ_CHECK(oldid_guess(fd, (off_t)size, &guess) == 0);
	FUZZ_CHECK(guess.reason[0]);
	free(text);
	return 0;
}

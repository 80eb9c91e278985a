/* SPDX-License-Identifier: ISC */
/*
 * What mail programs print of their locks, as onepopctl check reads it.  Input:
 * which program; its text.
 */
#include "fuzz.h"

#include "check/checkmta.h"

static const char *const programs[] = {
	"postconf", "exim", "procmail", "maildrop", "doveconf", "smtpd", "dma"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	const char *program = programs[fuzz_octet(&in) % 7];
	char *text = fuzz_string(&in, '\0');
	struct checkmta found[CHECKMTA_PARTS];
	const struct checkmta *c;
	int n = checkmta_read(program, text, found);

	FUZZ_CHECK(n >= 0 && n <= CHECKMTA_PARTS);
	for (c = found; c < found + n; c++) {
		FUZZ_CHECK(memchr(c->program, '\0', sizeof(c->program)));
		FUZZ_CHECK(memchr(c->locks, '\0', sizeof(c->locks)));
		FUZZ_CHECK(*c->program && c->fix);
		/* It was reported, or the names did not fit. */
		FUZZ_CHECK(!c->fcntl || strstr(c->locks, "fcntl") ||
		           strlen(c->locks) >= sizeof(c->locks) - 8);
	}
	free(text);
	return 0;
}

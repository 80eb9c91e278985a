/* SPDX-License-Identifier: ISC */
/*
 * A line ends in a date exactly if a regular expression matches.  Input: a
 * line, up to the first LF.
 */
#include "fuzz.h"

#include <regex.h>

#include "mbox/fromline.h"

/* As src/mbox/fromline.h has it: at most two zones in all. */
#define B     "[ \t]+"
#define SHIFT "[+-]([0-9]{1,2}(:[0-9]{2})?|[0-9]{4})"
#define PLAIN                                                                  \
	"([A-Za-z]+(" SHIFT ")?|" SHIFT "|[A-Za-z]{3,}[0-9]{1,2}[A-Za-z]*)"
#define WORD    "[A-Za-z.\200-\377-]+"
#define WORDS   "(" WORD B ")+[Tt][Ii][Mm][Ee]"
#define ZONE    B "(" PLAIN "|\\((" PLAIN "|" WORDS ")\\))"
#define ZONES   "(" ZONE "(" ZONE ")?)?"
#define DAY     B "([0-2]?[0-9]|3[01])"
#define MONTH   B "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
#define YEAR    B "[0-9]{4}"
#define MINUTES B "([01]?[0-9]|2[0-3]):[0-5][0-9]"
#define TIME    "(" MINUTES "(" SECONDS ")?|" B "24:00(:00)?)"
#define WHOLE   "(" MINUTES SECONDS "|" B "24:00:00)"
#define SECONDS ":([0-5][0-9]|60)"

static const char dates[] =
	"[ \t](Sun|Mon|Tue|Wed|Thu|Fri|Sat)("
	",?" DAY MONTH YEAR WHOLE ZONES "|" MONTH DAY TIME "(" YEAR ZONES
	"|" ZONE YEAR "(" ZONE ")?|" ZONE ZONE YEAR "))(" B
	"(remote from|forwarded by) [^\n]*[^\n\r]|[ \t]*\r*$)";

static regex_t expression;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	FUZZ_CHECK(regcomp(&expression, dates,
	                   REG_EXTENDED | REG_NOSUB | REG_ICASE) == 0);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size}, line = fuzz_part(&in, '\n');
	struct fuzz_input same = line;
	char *copy = fuzz_copy(line.p, line.n);
	char *text = fuzz_string(&same, '\n'); /* regexec needs a NUL */
	size_t tail = line.n < FROMLINE_TAIL ? line.n : FROMLINE_TAIL;
	regmatch_t all = {.rm_so = (regoff_t)(line.n - tail),
	                  .rm_eo = (regoff_t)line.n};
	struct fromline_date date;
	bool want;

	want = regexec(&expression, text, 1, &all, REG_STARTEND) == 0;
	FUZZ_CHECK(fromline_has_date(copy, line.n, &date) == want);
	/* The tail alone is enough. */
	FUZZ_CHECK(fromline_has_date(copy + line.n - tail, tail, &date) ==
	           want);
	free(text);
	free(copy);
	return 0;
}

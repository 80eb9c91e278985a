/* SPDX-License-Identifier: ISC */
/*
 * Lines of a log that anybody may have written: what is read is printable, and
 * makes the line again.  Input: a line.
 */
#include "fuzz.h"

#include "usage/logline.h"
#include "usage/sums.h"
#include "usage/syslogline.h"

/* Writes the line that the parts make, with the quotes of the original. */
static void write_again(const struct logline *l, const char *text, char *to)
{
	const char *value;
	size_t i;

	to += sprintf(to, "%s:", l->event);
	for (i = 0; i < l->n; i++) {
		value = l->fields[i].value;
		to += sprintf(to,
		              value > text && value[-1] == '"' ? " %s=\"%s\""
		                                               : " %s=%s",
		              l->fields[i].key, value);
	}
}

static void try_line(char *line, int64_t time)
{
	static struct sums sums;
	char *text = strdup(line), *again = malloc(strlen(line) + 64);
	struct logline l;

	FUZZ_CHECK(text && again);
	if (logline_read(&l, text)) {
		FUZZ_CHECK(l.n > 0 && l.n <= LOGLINE_FIELDS);
		write_again(&l, text, again);
		FUZZ_CHECK(strcmp(line, again) == 0);
		if (sums_take(&l, NULL))
			sums_add(&sums, &l, time);
	}
	sums_free(&sums);
	free(text);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	char *line = fuzz_string(&in, '\0'), *message;
	int64_t time = 0;

	message = syslogline_read(line, INT64_C(1795944195), &time);
	if (message)
		try_line(message, time);
	try_line(line, time);
	free(line);
	return 0;
}

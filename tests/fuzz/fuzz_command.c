/* SPDX-License-Identifier: ISC */
/*
 * A command line, and the numbers in it, are what their grammar says.
 * Input: the line, without its end.
 */
#include "fuzz.h"

#include "base/decimal.h"
#include "pop3/command.h"

/* Writes a number in the only valid form; a large one is cut. */
static void check_number(const char *text)
{
	size_t n = strlen(text);
	bool number = n > 0 && strspn(text, "0123456789") == n &&
	              (*text != '0' || n == 1);
	unsigned long long value = strtoull(text, NULL, 10);
	uint32_t got = 0;

	FUZZ_CHECK((decimal_get(text, &got) == 0) == number);
	if (number)
		FUZZ_CHECK(got == (value < UINT32_MAX ? value : UINT32_MAX));
}

static void check_keyword(const char *keyword, const char *line)
{
	size_t i;
	char c;

	for (i = 0; keyword[i]; i++) {
		c = line[i];
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 32);
		FUZZ_CHECK(c != ' ' && keyword[i] == c);
	}
	FUZZ_CHECK(line[i] == ' ' || line[i] == '\0');
}

/* Splits a text into words, in another way. */
static void check_words(const struct command *c, const char *text)
{
	int n = 0;
	size_t k;

	for (; *(text += strspn(text, " ")); text += k) {
		k = strcspn(text, " ");
		if (n < COMMAND_ARGS) {
			FUZZ_CHECK(c->argc > n);
			FUZZ_CHECK(strlen(c->argv[n]) == k);
			FUZZ_CHECK(memcmp(c->argv[n], text, k) == 0);
			check_number(c->argv[n]);
		}
		n++;
	}
	FUZZ_CHECK(c->argc == (n > COMMAND_ARGS ? COMMAND_ARGS + 1 : n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	char *line = malloc(size + 1), *text = fuzz_string(&in, '\0');
	struct command c;
	int done;

	FUZZ_CHECK(line);
	memcpy(line, data, size);
	line[size] = '\0';
	done = command_parse(&c, line, size);
	FUZZ_CHECK((done < 0) == (size == 0 || strlen(text) != size));
	if (done == 0) {
		check_keyword(c.keyword, text);
		FUZZ_CHECK((c.rest == NULL) == !strchr(text, ' '));
		if (c.rest)
			FUZZ_CHECK(strcmp(c.rest, strchr(text, ' ') + 1) == 0);
		command_split(&c);
		check_words(&c, strchr(text, ' ') ? strchr(text, ' ') : "");
	}
	free(text);
	free(line);
	return 0;
}

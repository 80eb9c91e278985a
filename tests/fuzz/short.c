/* SPDX-License-Identifier: ISC */
/*
 * usage: short_TARGET PREFIX LENGTH TOKEN...
 * Runs a fuzz target with every string of at most LENGTH of these tokens, each
 * behind the prefix.  A fault that a short string can show is found, without
 * luck.  In the arguments \r, \n, \0 and \377 stand for these octets.
 */
#include <signal.h>

#include "fuzz.h"

#define TEXT  256 /* octets of a string */
#define TOKEN 64

struct token {
	char octets[TOKEN];
	size_t n;
};

static struct token tokens[16];
static size_t count;
static char text[TEXT];
static size_t text_n;
static unsigned long long strings;

/* abort() has been called: shows which string it was. */
static void show_string(int number)
{
	size_t i;

	(void)number;
	(void)fputs("the string: \"", stderr);
	for (i = 0; i < text_n; i++)
		(void)fprintf(stderr,
		              text[i] >= ' ' && text[i] < 127 ? "%c"
		                                              : "\\x%02x",
		              (unsigned char)text[i]);
	(void)fputs("\"\n", stderr);
}

static void read_token(const char *word, struct token *ret)
{
	static const char letters[] = "rn0", meant[] = "\r\n";
	const char *at;

	for (ret->n = 0; *word; word++) {
		FUZZ_CHECK(ret->n < TOKEN);
		if (*word != '\\') {
			ret->octets[ret->n++] = *word;
		} else if (strncmp(word, "\\377", 4) == 0) {
			ret->octets[ret->n++] = (char)0xff;
			word += 3;
		} else {
			at = strchr(letters, *++word);
			FUZZ_CHECK(at && *at);
			ret->octets[ret->n++] = meant[at - letters];
		}
	}
}

/* Tries the text, and with each token behind it, if more may follow. */
static void try_all(int left)
{
	size_t i;

	(void)LLVMFuzzerTestOneInput((const uint8_t *)text, text_n);
	strings++;
	for (i = 0; i < count && left > 0; i++) {
		FUZZ_CHECK(text_n + tokens[i].n <= TEXT);
		memcpy(text + text_n, tokens[i].octets, tokens[i].n);
		text_n += tokens[i].n;
		try_all(left - 1);
		text_n -= tokens[i].n;
	}
}

__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int main(int argc, char **argv)
{
	struct token prefix;
	int i;

	FUZZ_CHECK(argc > 3 &&
	           argc - 3 <= (int)(sizeof(tokens) / sizeof(*tokens)));
	(void)signal(SIGABRT, show_string);
	(void)LLVMFuzzerInitialize(&argc, &argv);
	read_token(argv[1], &prefix);
	for (i = 3; i < argc; i++)
		read_token(argv[i], &tokens[count++]);
	memcpy(text, prefix.octets, prefix.n);
	text_n = prefix.n;
	try_all(atoi(argv[2]));
	(void)printf("%llu strings\n", strings);
	return 0;
}

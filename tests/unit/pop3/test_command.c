/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "pop3/command.h"

/* Parses a copy of the text; line holds the copy. */
static int parse(struct command *c, char line[64], const char *text, size_t n)
{
	assert_true(n < 64);
	memcpy(line, text, n);
	line[n] = '\0';
	return command_parse(c, line, n);
}

static const struct {
	const char *line, *keyword, *rest;
} lines[] = {
	{"NOOP", "NOOP", NULL},
	{"noop", "NOOP", NULL},
	{"NoOp", "NOOP", NULL},
	{"NOOP ", "NOOP", ""},
	{"NOOP  ", "NOOP", " "},
	{"RETR 1", "RETR", "1"},
	{"top 1 10", "TOP", "1 10"},
	{"pass se cret", "PASS", "se cret"},
	{"PASS  secret ", "PASS", " secret "},
	{"PASS \377\200\t\1", "PASS", "\377\200\t\1"},
	{"x-\344[`{", "X-\344[`{", NULL},
	{"LIST\t1", "LIST\t1", NULL},
	{" NOOP", "", "NOOP"},
	{" ", "", ""},
};

static void a_keyword_ends_at_the_first_space(void **state)
{
	struct command c;
	char line[64];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(lines); i++) {
		assert_int_equal(
			parse(&c, line, lines[i].line, strlen(lines[i].line)),
			0);
		assert_string_equal(c.keyword, lines[i].keyword);
		if (!lines[i].rest)
			assert_null(c.rest);
		else
			assert_string_equal(c.rest, lines[i].rest);
	}
}

static void an_empty_line_is_no_command(void **state)
{
	struct command c;
	char line[64];

	(void)state;
	assert_int_equal(parse(&c, line, "", 0), -1);
}

static void a_nul_anywhere_makes_it_no_command(void **state)
{
	struct command c;
	char line[64], text[] = "PASS secret";
	size_t i;

	(void)state;
	for (i = 0; i < strlen("PASS secret"); i++) {
		memcpy(text, "PASS secret", sizeof(text));
		text[i] = '\0';
		assert_int_equal(parse(&c, line, text, sizeof(text) - 1), -1);
	}
}

static void each_first_octet_gives_a_keyword_or_none(void **state)
{
	struct command c;
	char line[64], text[] = "?oop 1", want[] = "?OOP";
	int i;

	(void)state;
	for (i = 0; i < 256; i++) {
		text[0] = (char)i;
		want[0] = (char)(i >= 'a' && i <= 'z' ? i - 32 : i);
		assert_int_equal(parse(&c, line, text, 6), i ? 0 : -1);
		if (i == ' ')
			assert_string_equal(c.rest, "oop 1");
		else if (i)
			assert_string_equal(c.keyword, want);
	}
}

static const struct {
	const char *line;
	int argc;
	const char *argv[COMMAND_ARGS];
} splits[] = {
	{"NOOP", 0, {NULL}},
	{"NOOP ", 0, {NULL}},
	{"NOOP   ", 0, {NULL}},
	{"RETR 1", 1, {"1"}},
	{"RETR   1  ", 1, {"1"}},
	{"TOP 1 2", 2, {"1", "2"}},
	{"TOP  1   2 ", 2, {"1", "2"}},
	{"TOP 1\t2", 1, {"1\t2"}},
	{"TOP 1 2 3", 3, {"1", "2"}},
	{"TOP 1 2  3 ", 3, {"1", "2"}},
	{"TOP 1 2 3 4 5 6", 3, {"1", "2"}},
};

static void arguments_are_set_apart_by_spaces(void **state)
{
	struct command c;
	char line[64];
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < LENGTH(splits); i++) {
		assert_int_equal(
			parse(&c, line, splits[i].line, strlen(splits[i].line)),
			0);
		command_split(&c);
		assert_int_equal(c.argc, splits[i].argc);
		for (k = 0; k < c.argc && k < COMMAND_ARGS; k++)
			assert_string_equal(c.argv[k], splits[i].argv[k]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_keyword_ends_at_the_first_space),
		cmocka_unit_test(an_empty_line_is_no_command),
		cmocka_unit_test(a_nul_anywhere_makes_it_no_command),
		cmocka_unit_test(each_first_octet_gives_a_keyword_or_none),
		cmocka_unit_test(arguments_are_set_apart_by_spaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "config/pattern.h"

static void a_pattern_is_read_item_by_item(void **state)
{
	static const struct pattern_item items[] = {
		{'/', '\0', '\0'}, {'\0', 'u', '1'},  {'\0', 'u', '2'},
		{'L', '\0', '\0'}, {'\0', 'u', '\0'}, {'\0', 'n', 'L'},
		{'\0', 'd', 'L'},  {'%', '\0', '\0'}, {'u', '\0', '\0'},
		{'\0', 'h', '\0'},
	};
	const char *rest = "/%1u%2uL%u%Ln%Ld%%u%h";
	struct pattern_item item;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(items); i++) {
		rest = pattern_next(rest, &item);
		assert_non_null(rest);
		assert_int_equal(item.literal, items[i].literal);
		assert_int_equal(item.letter, items[i].letter);
		assert_int_equal(item.form, items[i].form);
	}
	assert_string_equal(rest, "");
}

static void another_letter_is_no_value(void **state)
{
	static const char *const none[] = {
		"%",   "%x",  "%U",  "%1",  "%1n", "%2d",
		"%2h", "%Lh", "%L%", "%1%", "%L",  "%LLu",
	};
	struct pattern_item item;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(none); i++)
		if (pattern_next(none[i], &item))
			fail_msg("taken: %s", none[i]);
}

static void each_part_must_be_there_but_a_second_octet(void **state)
{
	static const struct {
		const char *pattern, *user, *home;
		enum pattern_result result;
		const char *text;
	} cases[] = {
		{"%u:%n:%d:%h", "A@B", "/H", PATTERN_OK, "A@B:A:B:/H"},
		{"%Lu:%Ln:%Ld", "A@B@C", "/H", PATTERN_OK, "a@b@c:a:b@c"},
		{"%1u%2u", "ALICE", NULL, PATTERN_OK, "al"},
		{"%1u%2u", "A", NULL, PATTERN_OK, "a"},
		{"%2u", "A", NULL, PATTERN_OK, ""},
		{"", "", NULL, PATTERN_OK, ""},
		{"%2u", "", NULL, PATTERN_NO_PART, NULL},
		{"%1u", "", NULL, PATTERN_NO_PART, NULL},
		{"%u", "", NULL, PATTERN_NO_PART, NULL},
		{"%d", "A", NULL, PATTERN_NO_PART, NULL},
		{"%d", "A@", NULL, PATTERN_NO_PART, NULL},
		{"%n", "@A", NULL, PATTERN_NO_PART, NULL},
		{"%h", "A", "", PATTERN_NO_PART, NULL},
		{"%h", "A", NULL, PATTERN_UNKNOWN, NULL},
		{"x%", "A", "/", PATTERN_UNKNOWN, NULL},
	};
	enum pattern_result result;
	char text[32];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		result = pattern_fill(text, sizeof(text), cases[i].pattern,
		                      cases[i].user, cases[i].home);
		if (result != cases[i].result)
			fail_msg("%s of %s", cases[i].pattern, cases[i].user);
		if (cases[i].text)
			assert_string_equal(text, cases[i].text);
	}
}

static void nothing_is_written_past_the_end(void **state)
{
	char text[6] = "......";

	(void)state;
	assert_int_equal(pattern_fill(text, 5, "%n%%%d", "a@bc", NULL),
	                 PATTERN_OK);
	assert_string_equal(text, "a%bc");
	assert_int_equal(pattern_fill(text, 4, "%n%%%d", "a@bc", NULL),
	                 PATTERN_TOO_LONG);
	assert_int_equal(pattern_fill(text, 5, "%n%%%dx", "a@bc", NULL),
	                 PATTERN_TOO_LONG);
	assert_int_equal(text[5], '.');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_is_read_item_by_item),
		cmocka_unit_test(another_letter_is_no_value),
		cmocka_unit_test(each_part_must_be_there_but_a_second_octet),
		cmocka_unit_test(nothing_is_written_past_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

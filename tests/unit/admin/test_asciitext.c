/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "admin/asciitext.h"

static void only_printable_ascii_stays(void **state)
{
	char text[] = "\033[2J a~\r\n\xc3\xa9\x7f";

	(void)state;
	asciitext_clean(text, sizeof(text));
	assert_string_equal(text, "?[2J a~?????");
}

static void a_text_without_an_end_is_cut(void **state)
{
	char text[4];

	(void)state;
	memset(text, 'x', sizeof(text));
	asciitext_clean(text, sizeof(text));
	assert_string_equal(text, "xxx");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_printable_ascii_stays),
		cmocka_unit_test(a_text_without_an_end_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

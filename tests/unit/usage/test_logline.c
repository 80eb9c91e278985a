/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "usage/logline.h"

static char text[LOGLINE_OCTETS];
static struct logline l;

static bool reads(const char *line)
{
	(void)snprintf(text, sizeof(text), "%s", line);
	return logline_read(&l, text);
}

static void a_line_has_an_event_and_fields(void **state)
{
	(void)state;
	assert_true(reads("login failed: rip=192.0.2.7 tries=2 "
	                  "account=\"alice\" user=\"a b\\\"=c\\\\\""));
	assert_string_equal(l.event, "login failed");
	assert_int_equal(l.n, 4);
	assert_string_equal(logline_value(&l, "rip"), "192.0.2.7");
	assert_string_equal(logline_value(&l, "tries"), "2");
	assert_string_equal(logline_value(&l, "user"), "a b\\\"=c\\\\");
	assert_string_equal(logline_value(&l, "lip"), "");
	assert_string_equal(logline_account(&l), "alice");
}

static void the_account_is_the_user_unless_the_line_says_another(void **state)
{
	(void)state;
	assert_true(reads("login ok: user=\"bob\""));
	assert_string_equal(logline_account(&l), "bob");
	assert_true(reads("login failed: user=?"));
	assert_string_equal(logline_account(&l), "");
	assert_true(reads("session refused: rip=local"));
	assert_string_equal(logline_account(&l), "");
}

static void the_first_field_of_a_key_counts(void **state)
{
	(void)state;
	assert_true(reads("login ok: user=\"bob\" user=\"eve\""));
	assert_string_equal(logline_account(&l), "bob");
}

static void other_text_is_no_line(void **state)
{
	static const char *const lines[] = {
		"",
		"login ok",
		"login ok:",
		"login ok: ",
		": user=\"bob\"",
		"Login ok: user=\"bob\"",
		"login ok: user",
		"login ok: =bob",
		"login ok: user=\"bob",
		"login ok: user=\"bob\\",
		"login ok: user=\"bob\\\"",
		"login ok: user=\"bob\"x",
		"login ok: user=bo\"b",
		"login ok: user=\"bob\" ",
		"login ok:  user=\"bob\"",
		"login ok: user=\"bob\"  tls=no",
		"login ok: user=\"b\033[2Job\"",
		"login ok: user=\"\303\266\"",
		"login ok: user=\"b\tb\"",
		"journal kept: mailbox missing: reason=\"x\"",
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(lines); i++)
		if (reads(lines[i]))
			fail_msg("a line: %s", lines[i]);
}

static void a_line_has_a_bounded_number_of_fields(void **state)
{
	char line[LOGLINE_OCTETS];
	size_t n, i;

	(void)state;
	n = (size_t)sprintf(line, "login ok:");
	for (i = 0; i < LOGLINE_FIELDS; i++)
		n += (size_t)sprintf(line + n, " a=1");
	assert_true(reads(line));
	assert_int_equal(l.n, LOGLINE_FIELDS);
	(void)sprintf(line + n, " a=1");
	assert_false(reads(line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_an_event_and_fields),
		cmocka_unit_test(
			the_account_is_the_user_unless_the_line_says_another),
		cmocka_unit_test(the_first_field_of_a_key_counts),
		cmocka_unit_test(other_text_is_no_line),
		cmocka_unit_test(a_line_has_a_bounded_number_of_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

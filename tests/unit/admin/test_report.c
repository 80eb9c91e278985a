/* SPDX-License-Identifier: ISC */
#include "checked.h"

static bool secret, ordinary;

static void look_at(struct report *r)
{
	r->ordinary = ordinary;
	if (secret) {
		report_say(r, REPORT_PROBLEM | REPORT_PRIVATE,
		           "a secret; fix: chmod");
		return;
	}
	report_say(r, REPORT_OK, "all is well; fix: nothing");
	report_say(r, REPORT_WARNING, "a name: %s; fix: cmd\nx",
	           "\033[2Jwarning\r\n\xc3\xa9\x7f");
	report_say(r, REPORT_UNSEEN, "%s is private; fix: ls", "it");
	report_say(r, REPORT_UNSEEN, "so is %s", "that");
}

static void a_line_is_printed_for_each_thing(void **state)
{
	(void)state;
	assert_fine();
	assert_string_equal(
		said, "ok      all is well\n"
		      "warning a name: ?[2Jwarning?????; fix: cmd?x\n"
		      "unseen  it is private; fix: onepopctl check, as root\n"
		      "unseen  so is that; fix: onepopctl check, as root\n");
	assert_int_equal(counted.warnings, 1);
	assert_int_equal(counted.unseen, 2);
}

static void to_an_ordinary_user_what_is_private_is_unseen(void **state)
{
	(void)state;
	secret = true;
	assert_problem("problem a secret; fix: chmod\n");
	ordinary = true;
	assert_fine();
	assert_string_equal(
		said, "unseen  a secret; fix: onepopctl check, as root\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_printed_for_each_thing),
		cmocka_unit_test(to_an_ordinary_user_what_is_private_is_unseen),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}

/* SPDX-License-Identifier: ISC */
#include "checked.h"

#include "admin/findings.h"

static struct findings f;
static bool json;
static const char *lines;
static size_t piece; /* octets that are fed at once */

static void look_at(struct report *r)
{
	size_t at, n;

	(void)r;
	findings_begin(&f, json);
	for (at = 0; at < strlen(lines); at += n) {
		n = strlen(lines) - at;
		n = n < piece ? n : piece;
		findings_feed(&f, lines + at, n);
	}
	failed = findings_end(&f) > 0;
}

static void what_is_to_be_done_comes_last_the_worst_first(void **state)
{
	static const char text[] = "warning a; fix: b\n"
				   "ok      c\n"
				   "problem d; fix: e\n"
				   "unseen  f; fix: g\n"
				   "problem h; fix: i\n";

	(void)state;
	lines = text;
	for (piece = 1; piece < sizeof(text); piece++) {
		assert_false(look());
		assert_string_equal(
			said,
			"ok      c\nunseen  f; fix: g\nproblem d; fix: e\n"
			"problem h; fix: i\nwarning a; fix: b\n"
			"problems: 2, warnings: 1, unseen: 1; correct them in "
			"the order of the lines above, then check again\n");
	}
	lines = "ok      c\n";
	assert_fine();
	assert_string_equal(said, "ok      c\nproblems: 0, warnings: 0\n");
}

static void programs_read_json(void **state)
{
	(void)state;
	json = true;
	lines = "warning a \"\\; fix: b\nok      c\n";
	assert_fine();
	assert_string_equal(
		said,
		"{\"findings\": [\n"
		"{\"level\": \"ok\", \"text\": \"c\"},\n"
		"{\"level\": \"warning\", \"text\": \"a \\\"\\\\\", \"fix\": "
		"\"b\"}\n"
		"], \"problems\": 0, \"warnings\": 1, \"unseen\": 0}\n");
	lines = "";
	assert_fine();
	assert_string_equal(said, "{\"findings\": [\n], \"problems\": 0, "
	                          "\"warnings\": 0, \"unseen\": 0}\n");
	json = false;
}

/* The user of a mailbox may have taken over the process that looks at it. */
static void what_no_check_prints_is_a_problem(void **state)
{
	static char many[FINDINGS_MOST * 12 + 64], line[2 * REPORT_OCTETS];
	static const char *const cases[] = {"problems: 0, warnings: 0\n",
	                                    "ok      \033[2J\n",
	                                    "\n",
	                                    "okay    x\n",
	                                    "problem",
	                                    line};
	size_t i, n = 0;

	(void)state;
	piece = 1000;
	memset(line, 'x', sizeof(line) - 1);
	for (i = 0; i < LENGTH(cases); i++) {
		lines = cases[i];
		assert_false(look());
		assert_int_equal(counted.problems, 1);
		assert_said("problem a part of the check printed nonsense");
	}
	for (i = 0; i < FINDINGS_MOST + 5; i++)
		n += (size_t)sprintf(many + n, "ok      x\n");
	lines = many;
	assert_false(look());
	assert_int_equal(f.counts[REPORT_OK], FINDINGS_MOST - 1);
	assert_int_equal(f.counts[REPORT_PROBLEM], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_to_be_done_comes_last_the_worst_first),
		cmocka_unit_test(programs_read_json),
		cmocka_unit_test(what_no_check_prints_is_a_problem),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}

/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "base/statename.h"

static void a_name_is_made_of_a_part_and_a_suffix(void **state)
{
	char file[NAME_MAX + 1], longest[NAME_MAX];

	(void)state;
	statename_make(file, "var-mail-alice", 14, STATENAME_JOURNAL);
	assert_string_equal(file, "var-mail-alice.journal");
	statename_make(file, "var-mail-alice.journal", 14, STATENAME_INDEX);
	assert_string_equal(file, "var-mail-alice.index");
	memset(longest, 'a', sizeof(longest));
	statename_make(file, longest, sizeof(longest), STATENAME_INDEX);
	assert_int_equal(strlen(file), NAME_MAX);
	assert_string_equal(file + NAME_MAX - 6, STATENAME_INDEX);
}

static void a_journal_is_known_by_its_suffix(void **state)
{
	static const struct {
		const char *file;
		size_t octets;
	} rows[] = {
		{"a.journal", 1},  {"var-mail-alice.journal", 14},
		{".journal", 0},   {"journal", 0},
		{"", 0},           {"a.index", 0},
		{"a.journal2", 0}, {"a.journal.journal", 9},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++)
		assert_int_equal(statename_of_journal(rows[i].file),
		                 rows[i].octets);
}

static void other_files_are_no_state(void **state)
{
	(void)state;
	assert_true(statename_is_state("a.journal"));
	assert_true(statename_is_state("a.index"));
	assert_true(statename_is_state("a.journal.old"));
	assert_true(statename_is_state("a.uidl"));
	assert_true(statename_is_state("a.uidl.new"));
	assert_false(statename_is_state("a"));
	assert_false(statename_is_state("journal"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_made_of_a_part_and_a_suffix),
		cmocka_unit_test(a_journal_is_known_by_its_suffix),
		cmocka_unit_test(other_files_are_no_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

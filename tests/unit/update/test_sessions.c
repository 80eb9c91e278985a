/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <time.h>

#include "update/sessions.h"

#define UNIT   "0123456789abcdef0123456789abcd"
#define PLACES 14 /* that an invocation can have */

static char *dir;
static char name[STATENAME_SIZE];

static int begin(void **state)
{
	(void)state;
	dir = support_directory("/tmp");
	return 0;
}

static int end(void **state)
{
	(void)state;
	support_remove(dir);
	return 0;
}

/* Returns an invocation; all from here have the same places. */
static const char *unit(int number)
{
	static char text[33];

	(void)snprintf(text, sizeof(text), UNIT "%02x", number);
	return text;
}

static void assert_found(const char *of, const char *wanted)
{
	assert_int_equal(sessions_find(dir, of, name), 0);
	assert_string_equal(name, wanted);
}

static void what_was_noted_is_found(void **state)
{
	(void)state;
	assert_int_equal(sessions_find(dir, unit(1), name), -1);
	assert_int_equal(sessions_note(dir, unit(1), "var-mail-alice"), 0);
	assert_int_equal(sessions_note(dir, "ff" UNIT, "var-mail-longer-name"),
	                 0);
	assert_found(unit(1), "var-mail-alice");
	assert_found("ff" UNIT, "var-mail-longer-name");
	assert_int_equal(sessions_find(dir, unit(2), name), -1);
	assert_int_equal(sessions_find(dir, "ee" UNIT, name), -1);
	/* Sessions of one unit, as under tcpserver */
	assert_int_equal(sessions_note(dir, unit(1), "var-mail-bob"), 0);
	assert_found(unit(1), "var-mail-bob");
}

/* Times are in seconds; of equal ones the first is taken. */
static void the_oldest_goes(void **state)
{
	struct timespec wait = {1, 100000000};
	int i;

	(void)state;
	assert_int_equal(sessions_note(dir, unit(0), "old"), 0);
	(void)nanosleep(&wait, NULL);
	for (i = 1; i < PLACES; i++)
		assert_int_equal(sessions_note(dir, unit(i), "new"), 0);
	assert_found(unit(0), "old");
	assert_int_equal(sessions_note(dir, unit(PLACES), "newest"), 0);
	assert_int_equal(sessions_find(dir, unit(0), name), -1);
	assert_found(unit(PLACES), "newest");
	for (i = 1; i < PLACES; i++)
		assert_found(unit(i), "new");
}

static void it_never_grows_beyond_a_mebibyte(void **state)
{
	char path[128], text[33];
	struct stat st;
	int i;

	(void)state;
	for (i = 0; i < 256; i++) {
		(void)snprintf(text, sizeof(text), "%02x" UNIT, i);
		assert_int_equal(sessions_note(dir, text, "name"), 0);
	}
	(void)snprintf(path, sizeof(path), "%s/sessions", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size <= 1 << 20);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
}

static void without_a_directory_nothing_is_known(void **state)
{
	char path[128];

	(void)state;
	assert_int_equal(sessions_note("/nonexistent", unit(0), "name"), -1);
	assert_int_equal(sessions_find("/nonexistent", unit(0), name), -1);
	(void)snprintf(path, sizeof(path), "%s/sessions", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(sessions_note(dir, unit(0), "name"), -1);
	assert_int_equal(sessions_find(dir, unit(0), name), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_noted_is_found, begin,
	                                        end),
		cmocka_unit_test_setup_teardown(the_oldest_goes, begin, end),
		cmocka_unit_test_setup_teardown(
			it_never_grows_beyond_a_mebibyte, begin, end),
		cmocka_unit_test_setup_teardown(
			without_a_directory_nothing_is_known, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
#include "checked.h"

#include <time.h>

#include "check/checkpam.h"
#include "check/checktally.h"

static struct checkpam_faillock faillock;
static const char *asked_for;

static void look_at(struct report *r)
{
	checktally_users(r, &faillock, asked_for);
}

/* As pam_faillock writes it: 64 octets. */
struct kept {
	char source[52];
	uint16_t reserved, status;
	uint64_t time;
};

static void make_tally(const char *name, const int *ages, size_t n,
                       uint16_t status)
{
	struct kept records[16];
	size_t i;

	memset(records, 0, sizeof(records));
	for (i = 0; i < n; i++) {
		(void)snprintf(records[i].source, 52, "192.0.2.%zu", i + 1);
		records[i].status = status;
		records[i].time = (uint64_t)(time(NULL) - ages[i]);
	}
	make_file(faillock.dir, name, (const char *)records,
	          n * sizeof(records[0]));
}

static int begin(void **state)
{
	(void)state;
	asked_for = NULL;
	(void)snprintf(faillock.dir, sizeof(faillock.dir), "%s/XXXXXX", top);
	faillock.deny = 3;
	faillock.interval = 900;
	faillock.unlock = 600;
	return mkdtemp(faillock.dir) ? 0 : -1;
}

static void a_blocked_user_is_named_with_the_command(void **state)
{
	static const int ages[] = {30, 20, 10};
	char fix[256];

	(void)state;
	make_tally("alice", ages, 3, 1);
	assert_fine();
	assert_int_equal(counted.warnings, 1);
	assert_said("warning guessing: alice is blocked for 5");
	assert_said("3 failed logins, the last from 192.0.2.3; fix: ");
	(void)snprintf(fix, sizeof(fix),
	               "; fix: faillock --dir %.200s --user alice --reset\n",
	               faillock.dir);
	assert_said(fix);
	assert_said("ok      guessing: 1 users are blocked now\n");
}

static void who_is_not_blocked_is_not_named(void **state)
{
	static const struct {
		int ages[4];
		size_t n;
		uint16_t status;
	} cases[] = {
		{{10, 20}, 2, 1},        /* fewer */
		{{10, 20, 30}, 3, 0},    /* taken back */
		{{10, 20, 950}, 3, 1},   /* one too old */
		{{700, 710, 720}, 3, 1}, /* its time is over */
		{{0}, 0, 1},             /* none */
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		make_tally("alice", cases[i].ages, cases[i].n, cases[i].status);
		assert_fine();
		assert_int_equal(counted.warnings, 0);
		assert_said("ok      guessing: 0 users are blocked now\n");
	}
}

static void a_block_may_have_no_end(void **state)
{
	static const int ages[] = {100000, 100001, 100002};

	(void)state;
	make_tally("alice", ages, 3, 1);
	faillock.unlock = 0;
	assert_fine();
	assert_said("alice is blocked until that is done: 3 failed");
	faillock.deny = 0;
	assert_fine();
	assert_int_equal(counted.warnings, 0);
}

static void of_many_the_first_are_named_and_the_one_asked_for(void **state)
{
	static const int ages[] = {30, 20, 10};
	char name[32];
	int i;

	(void)state;
	for (i = 0; i < 30; i++) {
		(void)snprintf(name, sizeof(name), "user%d", i);
		make_tally(name, ages, 3, 1);
	}
	make_tally("$(x)", ages, 3, 1); /* no login name */
	assert_fine();
	assert_int_equal(counted.warnings, 10);
	assert_said("30 users are blocked");
	for (i = 0; i < 30; i++) {
		(void)snprintf(name, sizeof(name), "user%d", i);
		asked_for = name;
		assert_fine();
		(void)snprintf(name, sizeof(name), "user%d is blocked", i);
		assert_said(name);
	}
}

static void a_directory_that_is_not_there_blocks_nobody(void **state)
{
	(void)state;
	assert_int_equal(rmdir(faillock.dir), 0);
	assert_fine();
	assert_string_equal(said, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_blocked_user_is_named_with_the_command,
	                               begin),
		cmocka_unit_test_setup(who_is_not_blocked_is_not_named, begin),
		cmocka_unit_test_setup(a_block_may_have_no_end, begin),
		cmocka_unit_test_setup(
			of_many_the_first_are_named_and_the_one_asked_for,
			begin),
		cmocka_unit_test_setup(
			a_directory_that_is_not_there_blocks_nobody, begin),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}

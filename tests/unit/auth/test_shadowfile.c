/* SPDX-License-Identifier: ISC */
/* Wraps: fopen */
#include "support.h"

#include <errno.h>
#include <sys/stat.h>
#include <time.h>

#include "auth/shadowfile.h"

#define HASH "$5$saltsalt$DqpU0mcC"

static char *top;
static char path[128];

FILE *__real_fopen(const char *name, const char *mode);
FILE *__wrap_fopen(const char *name, const char *mode);

FILE *__wrap_fopen(const char *name, const char *mode)
{
	return __real_fopen(strcmp(name, SHADOWFILE) == 0 ? path : name, mode);
}

static int set_up(void **state)
{
	(void)state;
	top = support_directory("/tmp");
	(void)snprintf(path, sizeof(path), "%s/shadow", top);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	support_remove(top);
	return 0;
}

static void shadow_has(const char *text)
{
	FILE *f;

	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static struct shadowfile_line line;

static void alice_has(const char *want)
{
	const char *hash;

	hash = shadowfile_hash("alice", &line);
	if (!want) {
		assert_null(hash);
		return;
	}
	assert_non_null(hash);
	assert_string_equal(hash, want);
	assert_in_range((uintptr_t)hash, (uintptr_t)&line,
	                (uintptr_t)&line + sizeof(line));
}

static void a_users_line_is_found(void **state)
{
	struct spwd sp;
	int i;

	(void)state;
	shadow_has("root:*:1:0:99999:7:::\nalic:x::::::\nalicea:y::::::\n"
	           "alice:" HASH ":19000:0:99999:7:::\nalice:z::::::\n");
	alice_has(HASH);
	assert_int_equal(shadowfile_find("alice", &sp, &line), 0);
	assert_string_equal(sp.sp_namp, "alice");
	assert_int_equal(sp.sp_lstchg, 19000);
	assert_int_equal(sp.sp_max, 99999);
	assert_int_equal(sp.sp_expire, -1);
	for (i = 0; i < 2; i++) {
		errno = 0;
		assert_int_equal(
			shadowfile_find(i ? "bob" : "alic\n", &sp, &line), -1);
		assert_int_equal(errno, ENOENT);
	}
	shadow_has("alice:" HASH ":::::::");
	alice_has(HASH);
}

static void a_file_that_cannot_be_read_has_no_hash(void **state)
{
	struct spwd sp;

	(void)state;
	assert_int_equal(unlink(path), 0);
	assert_int_equal(shadowfile_find("alice", &sp, &line), -1);
	assert_int_equal(errno, ENOENT);
	alice_has(NULL);
	shadow_has("");
	alice_has(NULL);
	shadow_has("alice\n");
	alice_has(NULL);
}

/* Nothing is found in a malformed line, nor half a hash in a long one. */
static void a_line_that_is_too_long_is_skipped(void **state)
{
	char text[4096];
	int n;

	(void)state;
	n = snprintf(text, sizeof(text), "alice:%03000d:::::::\n", 0);
	(void)snprintf(text + n, sizeof(text) - (size_t)n,
	               "bob:" HASH ":::::::\n");
	shadow_has(text);
	alice_has(NULL);
	assert_non_null(shadowfile_hash("bob", &line));
	n = snprintf(text, sizeof(text), "x:%01021dalice:x::::::\n", 0);
	(void)snprintf(text + n, sizeof(text) - (size_t)n,
	               "alice:" HASH ":::::::\n");
	shadow_has(text);
	alice_has(HASH);
}

static void a_hash_that_lets_nobody_in_is_none(void **state)
{
	static const struct {
		const char *hash;
		int changed, max, expire; /* from today; 0: not there */
		bool valid;
	} rows[] = {
		{HASH, -10, 0, 0, true},   {"", -10, 0, 0, false},
		{"*", -10, 0, 0, false},   {"!", -10, 0, 0, false},
		{"!!", -10, 0, 0, false},  {"!" HASH, -10, 0, 0, false},
		{HASH, -10, 11, 0, true},  {HASH, -10, 9, 0, false},
		{HASH, -10, 0, 1, true},   {HASH, -10, 0, -1, false},
		{HASH, -10, 99, 99, true},
	};
	const long today = time(NULL) / 86400;
	char text[256], max[16], expire[32];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		(void)snprintf(max, sizeof(max), "%d", rows[i].max);
		(void)snprintf(expire, sizeof(expire), "%ld",
		               today + rows[i].expire);
		(void)snprintf(text, sizeof(text), "alice:%s:%ld:0:%s:7::%s:\n",
		               rows[i].hash, today + rows[i].changed,
		               rows[i].max ? max : "",
		               rows[i].expire ? expire : "");
		shadow_has(text);
		alice_has(rows[i].valid ? rows[i].hash : NULL);
	}
	/* The password must be changed at the next login. */
	shadow_has("alice:" HASH ":0:0:99999:7:::\n");
	alice_has(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_users_line_is_found),
		cmocka_unit_test(a_file_that_cannot_be_read_has_no_hash),
		cmocka_unit_test(a_line_that_is_too_long_is_skipped),
		cmocka_unit_test(a_hash_that_lets_nobody_in_is_none),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

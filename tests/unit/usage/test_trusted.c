/* SPDX-License-Identifier: ISC */
/* Wraps: getpwnam getpwuid */
#include "support.h"

#include <pwd.h>

#include "usage/trusted.h"

struct passwd *__wrap_getpwnam(const char *name);
struct passwd *__wrap_getpwuid(uid_t uid);

static char names[][8] = {"onepop", "al", "bob", "twin", "vmail"};
static struct passwd accounts[] = {
	{.pw_name = names[0], .pw_uid = 90},
	{.pw_name = names[1], .pw_uid = 1001},
	{.pw_name = names[2], .pw_uid = 1002},
	{.pw_name = names[3], .pw_uid = 1002}, /* bob's other name */
	{.pw_name = names[4], .pw_uid = 80},
};
static unsigned int asked;

struct passwd *__wrap_getpwnam(const char *name)
{
	size_t i;

	for (i = 0; i < LENGTH(accounts); i++)
		if (strcmp(accounts[i].pw_name, name) == 0)
			return &accounts[i];
	return NULL;
}

struct passwd *__wrap_getpwuid(uid_t uid)
{
	size_t i;

	asked++;
	for (i = 0; i < LENGTH(accounts); i++)
		if (accounts[i].pw_uid == uid)
			return &accounts[i];
	return NULL;
}

static struct trusted t;
static struct options o = {.start_user = "onepop"};

static bool trusts(uid_t uid, const char *line)
{
	char text[256];
	struct logline l;

	(void)snprintf(text, sizeof(text), "%s", line);
	assert_true(logline_read(&l, text));
	return trusted_line(&t, &l, uid);
}

static void before_a_login_it_is_the_start_user(void **state)
{
	(void)state;
	assert_null(trusted_find(&t, &o));
	assert_true(trusts(90, "login failed: user=\"al\""));
	assert_false(trusts(1001, "login failed: user=\"al\""));
	assert_false(trusts(0, "login failed: user=\"al\""));
	assert_true(trusts(90, "session refused: rip=local"));
	assert_false(trusts(1001, "session refused: rip=local"));
}

static void then_it_is_the_user(void **state)
{
	(void)state;
	assert_null(trusted_find(&t, &o));
	assert_true(trusts(1001, "login ok: user=\"al\""));
	assert_true(trusts(1001, "session end: account=\"al\" user=\"A\""));
	assert_false(trusts(1001, "session end: account=\"bob\" user=\"al\""));
	assert_false(trusts(1002, "login ok: user=\"al\""));
	assert_false(trusts(90, "login ok: user=\"al\""));
	assert_true(trusts(1002, "login ok: user=\"twin\""));
	assert_true(trusts(1002, "login ok: user=\"bob\""));
	assert_false(trusts(7, "login ok: user=\"nobody\""));
	assert_false(trusts(7, "login ok: rip=local"));
	assert_false(trusts(7, "login ok: user=\"\""));
}

static void a_mailbox_may_fail_before_and_after(void **state)
{
	(void)state;
	assert_null(trusted_find(&t, &o));
	assert_true(trusts(90, "mailbox error: user=\"al\""));
	assert_true(trusts(1001, "mailbox error: user=\"al\""));
	assert_false(trusts(1002, "mailbox error: user=\"al\""));
}

static void all_mail_may_be_one_users(void **state)
{
	(void)state;
	o.mail_user = "vmail";
	assert_null(trusted_find(&t, &o));
	assert_true(trusts(80, "login ok: user=\"al@example.org\""));
	assert_false(trusts(1001, "login ok: user=\"al\""));
	assert_true(trusts(90, "login failed: user=?"));
	o.mail_user = "missing";
	assert_non_null(trusted_find(&t, &o));
	o.mail_user = NULL;
}

static void without_the_start_user_it_is_root(void **state)
{
	(void)state;
	names[0][0] = 'x';
	assert_null(trusted_find(&t, &o));
	assert_true(trusts(0, "login failed: user=?"));
	names[0][0] = 'o';
	o.start_user = "missing";
	assert_non_null(trusted_find(&t, &o));
	o.start_user = "onepop";
}

static void a_row_of_lines_asks_once(void **state)
{
	int i;

	(void)state;
	assert_null(trusted_find(&t, &o));
	asked = 0;
	for (i = 0; i < 100; i++)
		assert_true(trusts(1001, "login ok: user=\"al\""));
	assert_int_equal(asked, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_a_login_it_is_the_start_user),
		cmocka_unit_test(then_it_is_the_user),
		cmocka_unit_test(a_mailbox_may_fail_before_and_after),
		cmocka_unit_test(all_mail_may_be_one_users),
		cmocka_unit_test(without_the_start_user_it_is_root),
		cmocka_unit_test(a_row_of_lines_asks_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

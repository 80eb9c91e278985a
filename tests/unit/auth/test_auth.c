/* SPDX-License-Identifier: ISC */
/*
 * Wraps: deadline_now deadline_in deadline_left deadline_sleep_until
 * Wraps: shadowfile_hash
 */
#include "pamdir.h"

#include <pwd.h>

#include "auth/auth.h"
#include "auth/badpasswords.h"
#include "auth/shadowfile.h"
#include "fakeclock.h"

/* A hash of "right" with few rounds; NULL: /etc/shadow has none. */
#define RIGHT                                                                  \
	"$5$rounds=1000$saltsalt$yYZoCURThim4Yn132s/3Pu/.JQpY6iHeknDBMqNKKs2"
static const char *hash;

const char *__wrap_shadowfile_hash(const char *user,
                                   struct shadowfile_line *line);

const char *__wrap_shadowfile_hash(const char *user,
                                   struct shadowfile_line *line)
{
	if (!hash || strcmp(user, "daemon") != 0)
		return NULL;
	(void)snprintf(line->text, sizeof(line->text), "%s", hash);
	return line->text;
}

static int has_hash(void **state)
{
	(void)state;
	hash = RIGHT;
	return 0;
}

struct outcome {
	enum auth_result result;
	struct account account;
	const char *why, *detail;
	bool exists;
	char asked[USERNAME_OCTETS + 1]; /* failure.account */
	deadline_t answered;             /* milliseconds after the call */
};

static struct outcome login(const struct auth_setup *setup, const char *user,
                            const char *password)
{
	struct auth_failure failure;
	const deadline_t start = fake_now;
	struct outcome o;

	fake_slept = 0;
	o.result = auth_login(setup, user, password, &o.account, &failure);
	o.why = failure.reason;
	o.detail = failure.detail;
	o.exists = failure.exists;
	(void)snprintf(o.asked, sizeof(o.asked), "%s", failure.account);
	o.answered = fake_slept ? fake_slept - start : 0;
	return o;
}

/* The line of a service that asks the probe. */
#define PROBE(words)                                                           \
	"auth required PROBE " words "\naccount required PROBE " words         \
	"\nsession required PROBE " words "\n"

/* "daemon" is uid 1 everywhere; "no-such-user" has no account. */
static const struct mailboxerror {
	const char *service;
	const char *before; /* a password that fails before, or NULL */
	const char *user, *password, *mail_user;
	enum auth_result want;
	const char *why;
	const char *account; /* --account, or NULL */
} refusals[] = {
	{PROBE("password=right"), NULL, "daemon", "wrong", NULL, AUTH_DENIED,
         "auth", NULL},
	{PROBE("auth=10"), NULL, "no-such-user", "right", NULL, AUTH_DENIED,
         "auth", NULL},
	{PROBE("auth=11"), NULL, "daemon", "right", NULL, AUTH_DENIED,
         "maxtries", NULL},
	{PROBE("acct=13"), NULL, "daemon", "right", NULL, AUTH_DENIED,
         "expired", NULL},
	{PROBE("acct=12"), NULL, "daemon", "right", NULL, AUTH_DENIED,
         "expired", NULL},
	{PROBE("acct=6"), NULL, "daemon", "right", NULL, AUTH_DENIED, "denied",
         NULL},
	/* daemon's shell is none to log in with. */
	{"account required pam_shells.so\n" PROBE("password=right"), NULL,
         "daemon", "right", NULL, AUTH_DENIED, "denied", NULL},
	/* Locked out */
	{"auth requisite pam_faillock.so preauth dir=DIR/faillock deny=1\n"
         "auth [default=ignore] pam_faillock.so authfail dir=DIR/faillock\n" PROBE(
		 "password=right"),
         "wrong", "daemon", "right", NULL, AUTH_DENIED, "auth", NULL},
	/* The same wrong password again */
	{PROBE("password=right"), "wrong", "daemon", "wrong", NULL, AUTH_DENIED,
         "repeated", NULL},
	/* This host's fault */
	{PROBE("auth=4"), NULL, "daemon", "right", NULL, AUTH_UNAVAILABLE,
         "pam", NULL},
	{"auth required /nonexistent.so\n", NULL, "daemon", "right", NULL,
         AUTH_UNAVAILABLE, "pam", NULL},
	/* Without asking PAM, which would accept it */
	{PROBE(""), NULL, "root", "right", NULL, AUTH_DENIED, "root", NULL},
	{PROBE(""), NULL, "daemon", "", NULL, AUTH_DENIED, "empty", NULL},
	{PROBE(""), NULL, "", "right", NULL, AUTH_DENIED, "name", NULL},
	{PROBE(""), NULL, "../daemon", "right", NULL, AUTH_DENIED, "name",
         NULL},
	{PROBE(""), NULL, "dae mon", "right", NULL, AUTH_DENIED, "name", NULL},
	{PROBE(""), NULL, "-daemon", "right", NULL, AUTH_DENIED, "name", NULL},
	/* Names that PAM returns */
	{PROBE("user=root"), NULL, "daemon", "right", NULL, AUTH_DENIED, "root",
         NULL},
	{PROBE("user=a/b"), NULL, "daemon", "right", NULL, AUTH_UNAVAILABLE,
         "pam", NULL},
	{PROBE("user="), NULL, "daemon", "right", NULL, AUTH_UNAVAILABLE, "pam",
         NULL},
	{PROBE(""), NULL, "no-such-user", "right", NULL, AUTH_UNAVAILABLE,
         "no-account", NULL},
	/* The account of all sessions */
	{PROBE(""), NULL, "alice", "right", "no-such-user", AUTH_UNAVAILABLE,
         "no-account", NULL},
	{PROBE(""), NULL, "alice", "right", "root", AUTH_UNAVAILABLE,
         "mail-user", NULL},
	{PROBE(""), NULL, "root", "right", "daemon", AUTH_DENIED, "root", NULL},
	/* Names that --account makes */
	{PROBE(""), NULL, "root@x", "right", NULL, AUTH_DENIED, "root", "%n"},
	{PROBE(""), NULL, "ROOT", "right", NULL, AUTH_DENIED, "root", "%Lu"},
	{PROBE(""), NULL, "ot@ro", "right", "daemon", AUTH_DENIED, "root",
         "%d%n"},
	{PROBE(""), NULL, "@daemon", "right", NULL, AUTH_DENIED, "name", "%n"},
	{PROBE(""), NULL, "a@../daemon", "right", NULL, AUTH_DENIED, "name",
         "%n"},
	{PROBE(""), NULL, "daemon", "right", NULL, AUTH_DENIED, "name", "%n%d"},
	{PROBE(""), NULL, "a@-b", "right", NULL, AUTH_DENIED, "name", "%d%n"},
	{PROBE(""), NULL, "daemon@x", "", NULL, AUTH_DENIED, "empty", "%n"},
	{PROBE("user=root"), NULL, "daemon@x", "right", NULL, AUTH_DENIED,
         "root", "%n"},
	{PROBE("password=right"), NULL, "daemon@x", "wrong", NULL, AUTH_DENIED,
         "auth", "%n"},
	{PROBE("password=right"), "wrong", "DAEMON@y", "wrong", NULL,
         AUTH_DENIED, "repeated", "%Ln"},
};

static void forget_all(void)
{
	char command[128];

	(void)snprintf(command, sizeof(command),
	               "rm -rf '%s/failures' '%s/faillock'", pamdir, pamdir);
	assert_int_equal(system(command), 0);
}

static struct outcome refuse(const struct mailboxerror *r, deadline_t spent)
{
	const struct auth_setup setup = {.service = "test",
	                                 .confdir = pamdir,
	                                 .mail_user = r->mail_user,
	                                 .account = r->account,
	                                 .run_dir = pamdir,
	                                 .remember = true};

	forget_all();
	pamdir_lines("test", r->service);
	if (r->before)
		assert_int_equal(login(&setup, r->user, r->before).result,
		                 AUTH_DENIED);
	fake_spent = spent;
	return login(&setup, r->user, r->password);
}

/* Whatever the cause is, and however long PAM took. */
static void every_refusal_comes_at_the_same_time(void **state)
{
	static const struct {
		deadline_t spent, answered;
	} times[] = {
		{0, 2000},    {1, 2000},    {46, 2000},   {1999, 2000},
		{2000, 2000}, {2001, 4000}, {3999, 4000}, {61000, 62000},
	};
	struct outcome o;
	size_t i, t;

	(void)state;
	for (i = 0; i < LENGTH(refusals); i++) {
		for (t = 0; t < LENGTH(times); t++) {
			o = refuse(&refusals[i], times[t].spent);
			assert_int_equal(o.answered, times[t].answered);
			assert_int_equal(o.result, refusals[i].want);
			assert_string_equal(o.why, refusals[i].why);
			assert_string_equal(o.account.name, "");
			assert_int_equal(o.account.uid, 0);
		}
	}
}

/*
 * pam.d/onepop as it is installed, with the probe for pam_unix and the tallies
 * outside of /run.  libpam looks for included files in /etc/pam.d, whatever
 * the confdir.
 */
static void use_the_shipped_service(const char *file)
{
	char command[512];

	(void)snprintf(command, sizeof(command),
	               "sed -e 's,/run/onepop,%s,' -e '/^#/d' "
	               "-e 's,common-\\|system-auth,%s/&,' %s >%s/test",
	               pamdir, pamdir, file, pamdir);
	assert_int_equal(system(command), 0);
	forget_all();
	pamdir_lines("common-auth", "auth [success=1 default=ignore] "
	                            "PROBE password=right\n"
	                            "auth requisite pam_deny.so\n"
	                            "auth required pam_permit.so\n");
	pamdir_lines("common-account", "account required PROBE\n");
	pamdir_lines("system-auth", "auth sufficient PROBE password=right\n"
	                            "auth required pam_deny.so\n"
	                            "account required PROBE\n");
}

static const char *const shipped[] = {"pam.d/onepop",
                                      "pam.d/onepop.system-auth"};

static struct auth_setup asked = {.service = "test", .remember = true};

static const char *says(const char *password)
{
	struct outcome o;

	asked.confdir = asked.run_dir = pamdir;
	o = login(&asked, "daemon", password);
	return o.result == AUTH_OK ? "ok" : o.why;
}

static void three_different_wrong_passwords_lock_an_account(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(shipped); i++) {
		use_the_shipped_service(shipped[i]);
		assert_string_equal(says("one"), "auth");
		assert_string_equal(says("two"), "auth");
		assert_string_equal(says("right"), "ok");
		assert_string_equal(says("one"), "auth");
		assert_string_equal(says("two"), "auth");
		assert_string_equal(says("three"), "auth");
		assert_string_equal(says("right"), "auth");
	}
}

static void one_wrong_password_locks_nobody_however_often_it_comes(void **state)
{
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < LENGTH(shipped); i++) {
		use_the_shipped_service(shipped[i]);
		assert_string_equal(says("last month's"), "auth");
		for (n = 0; n < 9; n++)
			assert_string_equal(says("last month's"), "repeated");
		assert_string_equal(says("typing error"), "auth");
		assert_string_equal(says("typing error"), "repeated");
		assert_string_equal(says("right"), "ok");
	}
}

/* Or it would be refused when the account is unlocked. */
static void
the_right_password_is_not_remembered_while_the_account_is_locked(void **state)
{
	struct badpasswords f;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(shipped); i++) {
		use_the_shipped_service(shipped[i]);
		(void)says("one");
		(void)says("two");
		(void)says("three");
		assert_string_equal(says("right"), "auth");
		assert_int_equal(
			badpasswords_open(&f, pamdir, "daemon", "right"), 0);
		assert_false(badpasswords_has(&f));
		badpasswords_close(&f);
	}
}

/* They may be admitted later, with the same password. */
static void
those_who_may_not_come_in_are_asked_for_their_password_again(void **state)
{
	(void)state;
	use_the_shipped_service(shipped[0]);
	pamdir_lines("common-account", "account required PROBE acct=13\n");
	assert_string_equal(says("right"), "expired");
	assert_string_equal(says("right"), "expired");
	assert_string_equal(says("right"), "expired");
	assert_string_equal(says("right"), "expired");
}

/*
 * A directory server is down, a later module denies, or the password is not in
 * /etc/shadow: PAM says only that it denies.
 */
static void the_right_password_is_not_remembered_as_wrong(void **state)
{
	static const char *const services[] = {
		PROBE("password=right") "auth required pam_deny.so\n",
		PROBE("auth=7"),
		PROBE("auth=10"),
		"auth [success=1 default=ignore] PROBE auth=9\n"
		"auth requisite pam_deny.so\n" PROBE("password=right"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(services); i++) {
		forget_all();
		pamdir_lines("test", services[i]);
		assert_string_equal(says("right"), "auth");
		assert_string_equal(says("right"), "auth");
		/* The wrong one is still wrong. */
		assert_string_equal(says("wrong"), "auth");
		assert_string_equal(says("wrong"), "repeated");
		pamdir_probe("password=right");
		assert_string_equal(says("right"), "ok");
	}
}

static void what_nobody_knows_to_be_wrong_is_not_remembered(void **state)
{
	static const char *const hashes[] = {NULL, "$no$such$kind", "x"};
	size_t i;

	(void)state;
	pamdir_probe("password=right");
	for (i = 0; i < LENGTH(hashes); i++) {
		forget_all();
		hash = hashes[i];
		assert_string_equal(says("wrong"), "auth");
		assert_string_equal(says("wrong"), "auth");
	}
}

static void nothing_is_remembered_where_that_is_off(void **state)
{
	(void)state;
	forget_all();
	pamdir_probe("password=right");
	assert_string_equal(says("wrong"), "auth");
	assert_string_equal(says("wrong"), "repeated");
	asked.remember = false;
	assert_string_equal(says("wrong"), "auth");
	assert_string_equal(says("other"), "auth");
	asked.remember = true;
	assert_string_equal(says("other"), "auth");
	assert_string_equal(says("wrong"), "repeated");
}

static void a_login_gives_the_users_own_account(void **state)
{
	struct auth_setup setup = {.service = "test", .confdir = pamdir};
	const struct passwd *p;
	struct outcome o;

	(void)state;
	pamdir_probe("password=right");
	o = login(&setup, "daemon", "right");
	p = getpwnam("daemon");
	assert_non_null(p);
	assert_int_equal(o.result, AUTH_OK);
	assert_string_equal(o.account.name, "daemon");
	assert_int_equal(o.account.uid, p->pw_uid);
	assert_int_equal(o.account.gid, p->pw_gid);
	assert_string_equal(o.account.home, p->pw_dir);
	assert_null(o.why);
	assert_int_equal(o.answered, 0);
}

static void virtual_users_share_one_account(void **state)
{
	struct auth_setup setup = {
		.service = "test", .confdir = pamdir, .mail_user = "daemon"};
	struct outcome o;

	(void)state;
	pamdir_probe("password=right");
	o = login(&setup, "alice@example.org", "right");
	assert_int_equal(o.result, AUTH_OK);
	assert_string_equal(o.account.name, "alice@example.org");
	assert_int_equal(o.account.uid, 1);
	assert_int_equal(o.account.gid, 1);
}

static void the_account_is_of_the_name_that_pam_gives_back(void **state)
{
	struct auth_setup setup = {.service = "test", .confdir = pamdir};
	struct outcome o;

	(void)state;
	pamdir_probe("user=daemon");
	o = login(&setup, "alias", "right");
	assert_int_equal(o.result, AUTH_OK);
	assert_string_equal(o.account.name, "daemon");
	assert_int_equal(o.account.uid, 1);
}

static void a_login_by_another_name_gives_the_account(void **state)
{
	struct auth_setup setup = {
		.service = "test", .confdir = pamdir, .account = "%Ln"};
	struct outcome o;

	(void)state;
	pamdir_probe("password=right");
	o = login(&setup, "DAEMON@Example.org", "right");
	assert_int_equal(o.result, AUTH_OK);
	assert_string_equal(o.account.login, "DAEMON@Example.org");
	assert_string_equal(o.account.name, "daemon");
	assert_int_equal(o.account.uid, 1);
	/* A certificate's name, too */
	o = login(&setup, "Daemon@Example.org", NULL);
	assert_int_equal(o.result, AUTH_OK);
	assert_string_equal(o.account.login, "Daemon@Example.org");
	assert_string_equal(o.account.name, "daemon");
	o = login(&setup, "Root@Example.org", NULL);
	assert_int_equal(o.result, AUTH_DENIED);
	assert_string_equal(o.why, "root");
	setup.account = NULL;
	o = login(&setup, "daemon", "right");
	assert_string_equal(o.account.login, "daemon");
	assert_string_equal(o.account.name, "daemon");
}

/* The log names it; a name that has none may be a password. */
static void a_failure_tells_whether_the_account_exists(void **state)
{
	static const struct {
		const char *login, *account;
		bool exists;
	} cases[] = {
		{"DAEMON@x", "daemon", true},
		{"daemon", "daemon", true},
		{"root@x", "root", true},
		{"no-such-user@daemon", "no-such-user", false},
		{"@daemon", "", false},
		{"daemon@x y", "", false},
	};
	struct auth_setup setup = {
		.service = "test", .confdir = pamdir, .account = "%Ln"};
	struct outcome o;
	size_t i;

	(void)state;
	pamdir_probe("password=right");
	for (i = 0; i < LENGTH(cases); i++) {
		o = login(&setup, cases[i].login, "wrong");
		assert_int_equal(o.result, AUTH_DENIED);
		assert_int_equal(o.exists, cases[i].exists);
		assert_string_equal(o.asked, cases[i].account);
	}
}

/* By whatever name: or each domain would give three more guesses. */
static void all_names_of_an_account_count_together(void **state)
{
	static const char *const names[] = {"daemon@a", "DAEMON@b", "Daemon"};
	size_t i;

	(void)state;
	use_the_shipped_service(shipped[0]);
	asked.account = "%Ln";
	asked.confdir = asked.run_dir = pamdir;
	for (i = 0; i < LENGTH(names); i++)
		assert_int_equal(login(&asked, names[i], names[i]).result,
		                 AUTH_DENIED);
	assert_string_equal(says("right"), "auth");
	assert_string_equal(login(&asked, "daemon@c", "right").why, "auth");
	asked.account = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_by_another_name_gives_the_account),
		cmocka_unit_test(a_failure_tells_whether_the_account_exists),
		cmocka_unit_test_setup(all_names_of_an_account_count_together,
	                               has_hash),
		cmocka_unit_test_setup(every_refusal_comes_at_the_same_time,
	                               has_hash),
		cmocka_unit_test_setup(
			three_different_wrong_passwords_lock_an_account,
			has_hash),
		cmocka_unit_test_setup(
			one_wrong_password_locks_nobody_however_often_it_comes,
			has_hash),
		cmocka_unit_test_setup(
			the_right_password_is_not_remembered_while_the_account_is_locked,
			has_hash),
		cmocka_unit_test(
			those_who_may_not_come_in_are_asked_for_their_password_again),
		cmocka_unit_test_setup(
			the_right_password_is_not_remembered_as_wrong,
			has_hash),
		cmocka_unit_test_setup(
			what_nobody_knows_to_be_wrong_is_not_remembered,
			has_hash),
		cmocka_unit_test_setup(nothing_is_remembered_where_that_is_off,
	                               has_hash),
		cmocka_unit_test(a_login_gives_the_users_own_account),
		cmocka_unit_test(virtual_users_share_one_account),
		cmocka_unit_test(
			the_account_is_of_the_name_that_pam_gives_back),
	};

	return cmocka_run_group_tests(tests, pamdir_make, pamdir_remove);
}
